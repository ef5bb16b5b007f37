package reports

import (
	"encoding/json"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const schemaFile = "../docs/result.schema.json"

func compileSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	schema, err := compiler.Compile(schemaFile)
	require.NoError(t, err, "the schema itself must be valid")
	return schema
}

// document gives the result as a program that only knows JSON sees it.
func document(t *testing.T, r *Result) any {
	t.Helper()
	data, err := json.Marshal(publishable(r, nil))
	require.NoError(t, err)
	decoded, err := jsonschema.UnmarshalJSON(strings.NewReader(string(data)))
	require.NoError(t, err)
	return decoded
}

func TestResultsFollowTheSchema(t *testing.T) {
	schema := compileSchema(t)
	assert.NoError(t, schema.Validate(document(t, sample())), "a run that uses every field")
	empty := &Result{RunID: "r"}
	Summarize(empty, "interrupted")
	assert.NoError(t, schema.Validate(document(t, empty)), "a run in which nothing ran")
}

func TestTheSchemaRefuses(t *testing.T) {
	schema := compileSchema(t)
	scenario := func(d map[string]any, i int) map[string]any { return d["scenarios"].([]any)[i].(map[string]any) }
	for name, spoil := range map[string]func(map[string]any){
		"another schema":           func(d map[string]any) { d["schema"] = "crosscheck.result/0" },
		"an unknown field":         func(d map[string]any) { d["extra"] = 1 },
		"a missing summary":        func(d map[string]any) { delete(d, "summary") },
		"no list":                  func(d map[string]any) { d["pairs"] = nil },
		"an unknown verdict":       func(d map[string]any) { scenario(d, 0)["verdict"] = "maybe" },
		"a failure without reason": func(d map[string]any) { delete(scenario(d, 1), "reason") },
		"a flaky step": func(d map[string]any) {
			scenario(d,
				0)["steps"].([]any)[0].(map[string]any)["verdict"] = "flaky"
		},
		"a date that is none": func(d map[string]any) { d["started"] = "yesterday" },
	} {
		d := document(t, sample()).(map[string]any)
		spoil(d)
		assert.Error(t, schema.Validate(d), "%s must not pass", name)
	}
}

// TestSchemaAndModelHaveTheSameFields compares names and whether they may be left out, in both directions.
func TestSchemaAndModelHaveTheSameFields(t *testing.T) {
	data, err := os.ReadFile(schemaFile)
	require.NoError(t, err)
	type object struct {
		Properties map[string]any
		Required   []string
	}
	var schema struct {
		object
		Defs map[string]object `json:"$defs"`
	}
	require.NoError(t, json.Unmarshal(data, &schema))
	for name, model := range map[string]reflect.Type{
		"": reflect.TypeFor[Result](), "machine": reflect.TypeFor[Machine](), "command": reflect.TypeFor[Command](),
		"pair": reflect.TypeFor[TestedPair](), "shard": reflect.TypeFor[Shard](), "part": reflect.TypeFor[MergedPart](),
		"remote_info": reflect.TypeFor[RemoteInfo](), "cluster": reflect.TypeFor[Cluster](),
		"summary":  reflect.TypeFor[Summary](),
		"scenario": reflect.TypeFor[Scenario](), "step": reflect.TypeFor[Step](),
		"topology": reflect.TypeFor[Topology](), "side": reflect.TypeFor[Side](), "balancer": reflect.TypeFor[Balancer](),
		"listener": reflect.TypeFor[Listener](), "remote": reflect.TypeFor[Remote](), "break": reflect.TypeFor[Break](),
		"outcome":  reflect.TypeFor[ExpectedFailure](),
		"timeline": reflect.TypeFor[Timeline](), "event": reflect.TypeFor[Event](), "outage": reflect.TypeFor[Outage](),
	} {
		described := schema.object
		if name != "" {
			described = schema.Defs[name]
		}
		var fields, required []string
		for i := range model.NumField() {
			field, options, _ := strings.Cut(model.Field(i).Tag.Get("json"), ",")
			fields = append(fields, field)
			if options == "" {
				required = append(required, field)
			}
		}
		slices.Sort(fields)
		assert.Equal(t, fields, slices.Sorted(maps.Keys(described.Properties)), "fields of %s in the model and in %s", model,
			schemaFile)
		assert.ElementsMatch(t, required, described.Required, "fields of %s that are always there", model)
	}
}
