package main

import (
	"bufio"
	"context"
	"encoding/json"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/crosscheck-dev/crosscheck/topology/balancer"
)

func build(t *testing.T) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "balancer")
	cmd := exec.Command("go", "build", "-o", binary, ".")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err := cmd.CombinedOutput()
	require.NoErrorf(t, err, "build the balancer: %s", out)
	return binary
}

func TestTheBinary(t *testing.T) {
	binary := build(t)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()

	cfg, err := json.Marshal(balancer.Config{API: "127.0.0.1:0", Listeners: []balancer.Listener{
		{Name: "l", Listen: "127.0.0.1:0", Routes: balancer.Routes{Upstream: echo(t, "up")}},
	}})
	require.NoError(t, err)

	for name, start := range map[string]func(*exec.Cmd){
		"argument":    func(cmd *exec.Cmd) { cmd.Args = append(cmd.Args, string(cfg)) },
		"environment": func(cmd *exec.Cmd) { cmd.Env = append(cmd.Env, "BALANCER_CONFIG="+string(cfg)) },
	} {
		t.Run("configured by "+name, func(t *testing.T) {
			var took time.Duration
			cmd := exec.CommandContext(ctx, binary)
			start(cmd)
			stderr, err := cmd.StderrPipe()
			require.NoError(t, err)
			require.NoError(t, cmd.Start())
			defer func() { _ = cmd.Process.Kill() }()

			ready := regexp.MustCompile(`ready.* api=(\S+)`)
			var api string
			lines := bufio.NewScanner(stderr)
			for api == "" {
				require.True(t, lines.Scan(), "the balancer ended before it was ready")
				if m := ready.FindStringSubmatch(lines.Text()); m != nil {
					api = m[1]
				}
			}
			client := balancer.New("http://" + api)
			require.NoError(t, client.Ready(ctx))
			state, err := client.State(ctx)
			require.NoError(t, err)
			conn, err := net.Dial("tcp", state["l"].Listen)
			require.NoError(t, err)
			defer conn.Close()
			answers(t, conn, "up")
			require.NoError(t, client.BlackHole(ctx, "l")) // a fault must not hold up the end
			t.Cleanup(func() { t.Logf("ended after SIGTERM in %s", took) })

			asked := time.Now()
			require.NoError(t, cmd.Process.Signal(syscall.SIGTERM))
			for lines.Scan() { // read to the end before Wait closes the pipe
			}
			require.NoError(t, cmd.Wait(), "SIGTERM is a normal end")
			took = time.Since(asked)
			require.Less(t, took, 5*time.Second, "the end is promised within a second, on an idle machine")
		})
	}
}

func TestTheBinaryRefuses(t *testing.T) {
	binary := build(t)
	taken := listenLoopback(t)
	defer taken.Close()
	busy := `{"api":"127.0.0.1:0","listeners":[{"name":"l","listen":"` + taken.Addr().String() + `","upstream":"h:1"}]}`
	for _, tc := range []struct {
		what, config string
		exit         int
		says         string
	}{
		{"no configuration", "", exitWrongUse, "no configuration"},
		{"a wrong field", `{"api":"127.0.0.1:0","listners":[]}`, exitWrongUse, "listners"},
		{"a port that is taken", busy, exitBroken, "address already in use"},
	} {
		t.Run(tc.what, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
			defer cancel()
			cmd := exec.CommandContext(ctx, binary)
			cmd.Env = []string{"BALANCER_CONFIG=" + tc.config}
			out, err := cmd.CombinedOutput()
			var exit *exec.ExitError
			require.ErrorAs(t, err, &exit)
			require.Equalf(t, tc.exit, exit.ExitCode(), "%s", out)
			require.Contains(t, string(out), tc.says)
		})
	}
}
