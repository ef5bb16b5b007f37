package run

import (
	"fmt"
	"regexp"
	"slices"

	"github.com/Masterminds/semver/v3"

	"github.com/crosscheck-dev/crosscheck/guides"
)

var (
	aboveBelow = regexp.MustCompile(`(?i)\babove (\d+\.\d+(?:\.\d+)?) and below (\d+\.\d+(?:\.\d+)?)`)
	stackRange = regexp.MustCompile(`(?i)^\s*stack:?\s*(?:ga )?(\d+\.\d+)(?:\s*-\s*(\d+\.\d+))?`)
	eckRange   = regexp.MustCompile(`(?i)^\s*eck:?\s*(?:ga )?(\d+\.\d+)(?:\s*-\s*(\d+\.\d+))?`)

	publicAuthority = regexp.MustCompile(`(?i)\bCA is public\b|\bpublic(?:ly trusted)? (?:CA|certificate authority)\b`)
)

// excludes is why a step is not for a walk on that version of the local cluster, and on that operator, which is nil
// without ECK; empty when it is.
func (g Guide) excludes(step guides.Step, local, operator *semver.Version) string {
	if step.Model != "" && step.Model != g.Model {
		return "it belongs to the " + step.Model + " model"
	}
	if operator != nil {
		if limit := versionRange(eckRange, step.Applies); limit != nil && !limit.Check(operator) {
			return fmt.Sprintf("it is for %q, and the operator is ECK %s", step.Applies, operator)
		}
		if slices.ContainsFunc(step.Path, publicAuthority.MatchString) {
			return "ECK shows a certificate of its own, private, authority"
		}
	}
	if limit := stackVersions(step.Applies); limit != nil && !limit.Check(local) {
		return fmt.Sprintf("it is for %q, and the local cluster is %s", step.Applies, local.Original())
	}
	return ""
}

// stackVersions reads the versions of the stack that a title names; nil for none, and for versions of something else.
func stackVersions(title string) *semver.Constraints {
	if m := aboveBelow.FindStringSubmatch(title); m != nil {
		return constraint(">" + m[1] + " <" + m[2])
	}
	return versionRange(stackRange, title)
}

// versionRange reads a version, or two with a dash, from a title.
func versionRange(in *regexp.Regexp, title string) *semver.Constraints {
	m := in.FindStringSubmatch(title)
	switch {
	case m == nil:
		return nil
	case m[2] == "":
		return constraint(">=" + m[1])
	}
	return constraint(">=" + m[1] + " <=" + m[2] + ".999")
}

func constraint(text string) *semver.Constraints {
	c, err := semver.NewConstraint(text)
	if err != nil {
		return nil
	}
	return c
}
