package reports

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// Evidence makes the folder for a scenario's evidence, the same for the same id, and gives it relative to the run's
// folder and with forward slashes, as Scenario.Evidence wants it.
func (s *Store) Evidence(scenarioID string) (string, error) {
	dir := evidenceDir + "/" + s.slug(scenarioID)
	if err := os.MkdirAll(filepath.Join(s.Dir(), filepath.FromSlash(dir)), 0o755); err != nil {
		return "", fmt.Errorf("make the evidence folder: %w", err)
	}
	return dir, nil
}

// WriteEvidence writes one redacted file of a scenario's evidence. The name is a plain file name.
func (s *Store) WriteEvidence(scenarioID, name string, data []byte) error {
	if name == "" || name != filepath.Base(name) || strings.HasPrefix(name, ".") {
		return fmt.Errorf("evidence %q is not a plain file name", name)
	}
	dir, err := s.Evidence(scenarioID)
	if err != nil {
		return err
	}
	return s.write(filepath.Join(filepath.FromSlash(dir), name), s.redactor.Bytes(data))
}

// CopyEvidence copies the evidence of another run, whose folder is from, into the store's under the same names, and
// checks that r, its result, names folders of it only. A run without evidence has no such folder.
func (s *Store) CopyEvidence(from string, r *Result) error {
	for _, scenario := range r.Scenarios {
		if e := scenario.Evidence; e != "" && (!strings.HasPrefix(e, evidenceDir+"/") || !filepath.IsLocal(e)) {
			return fmt.Errorf("scenario %q has its evidence in %q, which is not in the run's folder", scenario.ID, e)
		}
	}
	folders, err := os.ReadDir(filepath.Join(from, evidenceDir))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read the evidence: %w", err)
	}
	for _, folder := range folders {
		if !folder.IsDir() {
			continue
		}
		to := filepath.Join(evidenceDir, folder.Name())
		if isDir(filepath.Join(s.Dir(), to)) {
			return fmt.Errorf("%s is there in two parts", to)
		}
		if err := os.MkdirAll(filepath.Join(s.Dir(), to), 0o755); err != nil {
			return fmt.Errorf("make the evidence folder: %w", err)
		}
		if err := s.copyFiles(filepath.Join(from, to), to); err != nil {
			return err
		}
	}
	return nil
}

// copyFiles copies the plain files of a folder into one of the run's, redacted.
func (s *Store) copyFiles(from, to string) error {
	files, err := os.ReadDir(from)
	if err != nil {
		return fmt.Errorf("read the evidence: %w", err)
	}
	for _, file := range files {
		if !file.Type().IsRegular() {
			continue
		}
		data, err := os.ReadFile(filepath.Join(from, file.Name()))
		if err != nil {
			return fmt.Errorf("read the evidence: %w", err)
		}
		if err := s.write(filepath.Join(to, file.Name()), s.redactor.Bytes(data)); err != nil {
			return err
		}
	}
	return nil
}

var notInSlugs = regexp.MustCompile(`[^A-Za-z0-9._]+`)

// slug turns "features/api_key/connect.feature:27@9.3.2->8.19.4" into "api_key-connect-27-9.3.2-8.19.4".
func (s *Store) slug(scenarioID string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if slug, ok := s.slugs[scenarioID]; ok {
		return slug
	}
	slug := strings.TrimPrefix(s.redactor.String(scenarioID), "features/")
	slug = strings.Trim(notInSlugs.ReplaceAllString(strings.Replace(slug, ".feature", "", 1), "-"), "-.")
	slug = slug[:min(len(slug), maxSlugRunes)]
	if slug == "" {
		slug = "scenario"
	}
	unique := slug
	for n := 2; s.taken[unique]; n++ {
		unique = fmt.Sprintf("%s-%d", slug, n)
	}
	s.slugs[scenarioID], s.taken[unique] = unique, true
	return unique
}
