package image

import (
	"archive/zip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"strings"
)

// sumSuffix is what the file with a zip's SHA-256 is called, beside the zip. It is written only after every entry was
// read once, so a zip without one is not trusted.
const sumSuffix = ".sha256"

// verifyZip reads the whole zip at path: its directory, and every entry against its CRC.
func verifyZip(path string) error {
	z, err := zip.OpenReader(path)
	if err != nil {
		return fmt.Errorf("%s is truncated or not a zip: %w", path, err)
	}
	defer z.Close()
	for _, entry := range z.File {
		if err := readEntry(entry); err != nil {
			return fmt.Errorf("%s is corrupt at %s: %w", path, entry.Name, err)
		}
	}
	return nil
}

func readEntry(entry *zip.File) error {
	r, err := entry.Open()
	if err != nil {
		return err
	}
	defer r.Close()
	_, err = io.Copy(io.Discard, r)
	return err
}

// seal verifies the zip at path and writes its sum beside it.
func seal(path string) error {
	if err := verifyZip(path); err != nil {
		return err
	}
	sum, err := sha256File(path)
	if err != nil {
		return err
	}
	if err := os.WriteFile(path+sumSuffix, []byte(sum+"\n"), 0o644); err != nil {
		return fmt.Errorf("note the sum of %s: %w", path, err)
	}
	return nil
}

// checkSeal compares the zip at path with the sum that seal wrote.
func checkSeal(path string) error {
	want, err := os.ReadFile(path + sumSuffix)
	if err != nil {
		return fmt.Errorf("read the sum of %s: %w", path, err)
	}
	got, err := sha256File(path)
	if err != nil {
		return err
	}
	if got != strings.TrimSpace(string(want)) {
		return fmt.Errorf("%s is not what was downloaded: its SHA-256 is %s, not %s", path, got,
			strings.TrimSpace(string(want)))
	}
	return nil
}

func sha256File(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("sum %s: %w", path, err)
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", fmt.Errorf("sum %s: %w", path, err)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
