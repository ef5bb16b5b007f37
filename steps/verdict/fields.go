package verdict

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Text is a JSON value as the features write it: strings bare, nil as absent, everything else as JSON.
func Text(value any) string {
	if s, ok := value.(string); ok {
		return s
	}
	if value == nil {
		return "absent"
	}
	encoded, err := json.Marshal(value)
	if err != nil {
		return fmt.Sprint(value)
	}
	return string(encoded)
}

// Values are things that are compared, as text by name.
type Values map[string]string

// Differences are the lines "name value" of what is not the same in both: as it is here, and as it is in got. A name
// that one of them lacks is absent there.
func (v Values) Differences(got Values) (wantedLines, gotLines []string) {
	all := Values{}
	maps.Copy(all, v)
	maps.Copy(all, got)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		was, had := v[name]
		is, has := got[name]
		if !had {
			was = "absent"
		}
		if !has {
			is = "absent"
		}
		if was != is {
			wantedLines, gotLines = append(wantedLines, name+" "+was), append(gotLines, name+" "+is)
		}
	}
	return wantedLines, gotLines
}

// Fields is a Mismatch unless got has every field of wanted with that text, and no other. what names the object.
func Fields(what string, wanted map[string]string, got map[string]any) error {
	texts := Values{}
	for field, value := range got {
		texts[field] = Text(value)
	}
	wantedLines, gotLines := Values(wanted).Differences(texts)
	if len(wantedLines) == 0 {
		return nil
	}
	return &Mismatch{What: what, Wanted: strings.Join(wantedLines, "\n"), Got: strings.Join(gotLines, "\n")}
}
