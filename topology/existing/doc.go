// Package existing speaks to a pair of clusters that exist already and belong to the user: it reads what they are,
// makes lab.Clusters of them, and lets through to them only requests about names of the run. Nothing of theirs is
// overwritten or deleted, and everything that the run made is removed.
package existing
