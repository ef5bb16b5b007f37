package existing

import "fmt"

// SetupError says what of a cluster, or of how it is named, keeps a run from beginning. Nothing was changed.
type SetupError struct {
	Role string // local or remote; empty: it is about both
	URL  string // without credentials; may be empty
	What string // and what to do about it
}

func (e *SetupError) Error() string {
	switch {
	case e.Role == "":
		return e.What
	case e.URL == "":
		return fmt.Sprintf("the %s cluster: %s", e.Role, e.What)
	}
	return fmt.Sprintf("the %s cluster, %s: %s", e.Role, e.URL, e.What)
}

// UnreachableError is a cluster that does not answer.
type UnreachableError struct {
	Role, URL string
	Err       error
}

func (e *UnreachableError) Error() string {
	return fmt.Sprintf("the %s cluster, %s, does not answer: %v", e.Role, e.URL, e.Err)
}

func (e *UnreachableError) Unwrap() error { return e.Err }

// ExistsError is something of a cluster's that has the name of what a step would make. It was not touched.
type ExistsError struct {
	Kind, Name, Role string
}

func (e *ExistsError) Error() string {
	return fmt.Sprintf("%s %s exists already on the %s cluster, and is not this run's: it was not touched",
		e.Kind, e.Name, e.Role)
}
