package reports

import (
	"reflect"
	"time"

	"github.com/crosscheck-dev/crosscheck/reports/redact"
	"github.com/crosscheck-dev/crosscheck/steps/verdict"
)

// publishable gives a deep copy that can be written: every string redacted, no missing list, no missing verdict.
func publishable(r *Result, redactor *redact.Redactor) *Result {
	clean := reflect.New(reflect.TypeFor[Result]()).Elem()
	copyRedacted(clean, reflect.ValueOf(*r), redactor)
	result := clean.Interface().(Result)
	result.Schema = SchemaVersion
	for i := range result.Scenarios {
		s := &result.Scenarios[i]
		if !s.Verdict.Valid() {
			s.Verdict, s.Reason = verdict.Error, "the harness gave no verdict"
		}
		if s.Verdict != verdict.Passed && s.Reason == "" {
			s.Reason = "no reason was given"
			if step := s.Broken(); step != nil && step.Message != "" {
				s.Reason = step.Message
			}
		}
		for j := range s.Steps {
			if v := s.Steps[j].Verdict; v < verdict.Passed || v > verdict.Skipped {
				s.Steps[j].Verdict = verdict.Skipped
			}
		}
	}
	return &result
}

// copyRedacted copies the kinds of values that the model is made of. A list or map that may not be left out is never
// nil.
func copyRedacted(to, from reflect.Value, redactor *redact.Redactor) {
	switch {
	case from.Type() == reflect.TypeFor[time.Time]():
		to.Set(from)
	case from.Kind() == reflect.String:
		to.SetString(redactor.String(from.String()))
	case from.Kind() == reflect.Slice:
		to.Set(reflect.MakeSlice(from.Type(), from.Len(), from.Len()))
		for i := range from.Len() {
			copyRedacted(to.Index(i), from.Index(i), redactor)
		}
	case from.Kind() == reflect.Map:
		to.Set(reflect.MakeMapWithSize(from.Type(), from.Len()))
		for _, name := range from.MapKeys() {
			key, value := reflect.New(from.Type().Key()).Elem(), reflect.New(from.Type().Elem()).Elem()
			copyRedacted(key, name, redactor)
			copyRedacted(value, from.MapIndex(name), redactor)
			to.SetMapIndex(key, value)
		}
	case from.Kind() == reflect.Pointer:
		if !from.IsNil() {
			to.Set(reflect.New(from.Type().Elem()))
			copyRedacted(to.Elem(), from.Elem(), redactor)
		}
	case from.Kind() == reflect.Struct:
		for i := range from.NumField() {
			copyRedacted(to.Field(i), from.Field(i), redactor)
		}
	default:
		to.Set(from)
	}
}
