package eck

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// CommandError is a command of the documents that ended with an error while the API server was well.
type CommandError struct {
	Output string
	Err    error
}

func (e *CommandError) Error() string {
	return fmt.Sprintf("%v: %s", e.Err, strings.TrimSpace(e.Output))
}

func (e *CommandError) Unwrap() error { return e.Err }

// Shell runs commands of the documents in bash, as an administrator of this side would: the real kubectl works in the
// side's namespace, and files lie in a folder that both sides' administrators share. It returns all output. Commands
// that fail are a *CommandError. When they were not run to their end, or the API server does not answer, the error is
// a plain one that says nothing of the commands.
func (s *Side) Shell(ctx context.Context, script string) (string, error) {
	cmd := exec.CommandContext(ctx, "bash", "-eu", "-o", "pipefail", "-c", script)
	cmd.Dir = s.env.workFolder()
	cmd.WaitDelay = s.env.options.Lab.Timeouts().ProcessStop
	cmd.Env = append(os.Environ(), "KUBECONFIG="+s.Kubeconfig, "HOME="+s.env.home,
		"PATH="+filepath.Dir(s.env.kubectlPath())+string(os.PathListSeparator)+os.Getenv("PATH"))
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return out.String(), nil
	case ctx.Err() != nil:
		return out.String(), fmt.Errorf("run the administrator's commands: %w", context.Cause(ctx))
	case !errors.As(err, &exit) || !exit.Exited(): // there is no bash, or something killed it
		return out.String(), fmt.Errorf("run the administrator's commands: %w", err)
	}
	if gone := s.env.kube.Reachable(ctx); gone != nil {
		return out.String(), fmt.Errorf("run the administrator's commands: %w; %w", err, gone)
	}
	return out.String(), &CommandError{Output: out.String(), Err: err}
}

// Put writes a file into the folder that the administrators share. The name has no folder.
func (e *Environment) Put(name string, content []byte) error {
	if !filepath.IsLocal(name) || filepath.Base(name) != name {
		return fmt.Errorf("%q is no name of a file", name)
	}
	if err := os.WriteFile(filepath.Join(e.workFolder(), name), content, 0o600); err != nil {
		return fmt.Errorf("write the administrators' file %s: %w", name, err)
	}
	return nil
}

// Evidence is what explains a failure on this side, by file name: the operator's log, and the objects and events of the
// namespace.
func (s *Side) Evidence(ctx context.Context, name string) map[string][]byte {
	files := map[string][]byte{}
	if log := s.on.OperatorLog(); log != "" {
		files["operator-"+s.Role+".log"] = []byte(log)
	}
	out, err := s.Shell(ctx, "kubectl get elasticsearch,statefulset,pod,service,endpointslice,secret,configmap -o wide; "+
		"kubectl get events --sort-by .lastTimestamp; kubectl get elasticsearch "+name+" -o yaml")
	if err != nil {
		out += "\n" + err.Error()
	}
	files["kubernetes-"+s.Role+".txt"] = []byte(out)
	return files
}
