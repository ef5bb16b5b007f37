package output

import (
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/crosscheck-dev/crosscheck/guides/check"
)

// The part of SARIF 2.1.0 that code hosts read to show findings inside a pull request.
type sarifLog struct {
	Schema  string     `json:"$schema"`
	Version string     `json:"version"`
	Runs    []sarifRun `json:"runs"`
}

type sarifRun struct {
	Tool       sarifTool     `json:"tool"`
	ColumnKind string        `json:"columnKind"`
	Results    []sarifResult `json:"results"`
}

type sarifTool struct {
	Driver sarifDriver `json:"driver"`
}

type sarifDriver struct {
	Name    string      `json:"name"`
	Version string      `json:"version"`
	Rules   []sarifRule `json:"rules"`
}

type sarifRule struct {
	ID                   string       `json:"id"`
	ShortDescription     sarifText    `json:"shortDescription"`
	FullDescription      sarifText    `json:"fullDescription"`
	DefaultConfiguration sarifDefault `json:"defaultConfiguration"`
}

type sarifDefault struct {
	Level string `json:"level"`
}

type sarifText struct {
	Text string `json:"text"`
}

type sarifResult struct {
	RuleID    string          `json:"ruleId"`
	RuleIndex int             `json:"ruleIndex"`
	Level     string          `json:"level"`
	Message   sarifText       `json:"message"`
	Locations []sarifLocation `json:"locations"`
	Related   []sarifLocation `json:"relatedLocations,omitempty"`
}

type sarifLocation struct {
	Physical sarifPhysical `json:"physicalLocation"`
}

type sarifPhysical struct {
	Artifact sarifArtifact `json:"artifactLocation"`
	Region   sarifRegion   `json:"region"`
}

type sarifArtifact struct {
	URI string `json:"uri"`
}

type sarifRegion struct {
	StartLine   int `json:"startLine"`
	StartColumn int `json:"startColumn,omitempty"`
	EndColumn   int `json:"endColumn,omitempty"`
}

func sarif(r Report) sarifLog {
	run := sarifRun{ColumnKind: "unicodeCodePoints", Results: []sarifResult{}}
	run.Tool.Driver = sarifDriver{Name: "crosscheck", Version: r.ToolVersion, Rules: []sarifRule{}}
	rules := check.Rules()
	for _, rule := range rules {
		run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, sarifRule{rule.ID, sarifText{rule.Doc}, sarifText{rule.Reason},
			sarifDefault{rule.Severity.String()}})
	}
	for _, f := range r.Findings {
		result := sarifResult{RuleID: f.Rule, Level: f.Severity.String(),
			RuleIndex: slices.IndexFunc(rules, func(rule check.Rule) bool { return rule.ID == f.Rule }),
			Message:   sarifText{sentence(f.What) + " " + f.Reason + " " + sentence(f.Fix)}}
		region := sarifRegion{StartLine: f.Line, StartColumn: f.Column}
		if f.Width > 0 {
			region.EndColumn = f.Column + f.Width
		}
		result.Locations = []sarifLocation{{sarifPhysical{sarifArtifact{uri(f.File)}, region}}}
		for _, also := range f.Also {
			if i := strings.LastIndexByte(also, ':'); i > 0 {
				if line, err := strconv.Atoi(also[i+1:]); err == nil {
					result.Related = append(result.Related, sarifLocation{sarifPhysical{sarifArtifact{uri(also[:i])},
						sarifRegion{StartLine: line}}})
				}
			}
		}
		run.Results = append(run.Results, result)
	}
	return sarifLog{Schema: "https://json.schemastore.org/sarif-2.1.0.json", Version: "2.1.0", Runs: []sarifRun{run}}
}

func uri(file string) string { return filepath.ToSlash(filepath.Clean(file)) }

func sentence(text string) string {
	if text == "" {
		return ""
	}
	return strings.ToUpper(text[:1]) + strings.TrimRight(text[1:], ".") + "."
}
