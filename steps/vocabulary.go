package steps

import (
	"slices"

	"github.com/crosscheck-dev/crosscheck/steps/gherkin"
)

// Vocabulary is every step that a feature may use. The handlers are those of a scenario that is never run.
func Vocabulary() []gherkin.Definition { return new(Scenario).Definitions() }

// unbound is the vocabulary with handlers that take the scenario as their first argument.
func unbound() []gherkin.Definition {
	return slices.Concat(clusterSteps, trustSteps, credentialSteps, identitySteps, roleSteps, remoteSteps, ipv6Steps, connectionSteps, faultSteps, upgradeSteps, watchSteps, failureSteps,
		cloudSteps, consoleSteps, cloudTrustSteps, cloudAPISteps, eckSteps, eckAuthoritySteps)
}
