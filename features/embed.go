// Package features holds the feature files, so that a program that is not in its checkout still has them.
package features

import "embed"

// FS has the features by folder and name, such as api_key/connect.feature.
//
//go:embed */*.feature
var FS embed.FS
