package steps

import (
	"slices"

	"github.com/crosscheck-dev/crosscheck/steps/gherkin"
)

// Vocabulary is every step that a feature may use.
func Vocabulary() []gherkin.Definition {
	return slices.Concat(clusterSteps, trustSteps, credentialSteps, identitySteps, roleSteps, remoteSteps, ipv6Steps, connectionSteps, faultSteps, upgradeSteps, watchSteps, failureSteps,
		cloudSteps, consoleSteps, cloudTrustSteps, cloudAPISteps, eckSteps, eckAuthoritySteps)
}
