// Command balancer is the load balancer in front of a remote cluster, in one static binary: toxiproxy on the documented
// ports and behind it a router that counts connections and passes TLS through by server name. Its configuration is the
// JSON of topology/balancer.Config, as the only argument or in BALANCER_CONFIG.
package main

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/rs/zerolog"

	"github.com/crosscheck-dev/crosscheck/topology/balancer"
)

const (
	exitBroken   = 2  // an address is taken, or the API stopped
	exitWrongUse = 64 // no configuration, or one that is wrong
)

func main() { os.Exit(balance()) }

// balance is the command; it answers the exit code.
func balance() int {
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	// Some toxics log to zerolog's global logger, every interruption at trace level.
	zerolog.SetGlobalLevel(zerolog.Disabled)
	cfg, err := configuration(os.Args[1:], os.Getenv("BALANCER_CONFIG"))
	if err != nil {
		log.Error(err.Error())
		return exitWrongUse
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	if err := run(ctx, cfg, log); err != nil {
		log.Error(err.Error())
		return exitBroken
	}
	return 0
}

func configuration(args []string, env string) (balancer.Config, error) {
	switch {
	case len(args) == 1:
		return balancer.DecodeConfig([]byte(args[0]))
	case len(args) == 0 && env != "":
		return balancer.DecodeConfig([]byte(env))
	}
	return balancer.Config{}, errors.New("balancer: no configuration; " +
		"give it as the only argument or in BALANCER_CONFIG, as JSON")
}

// run serves until ctx ends.
func run(ctx context.Context, cfg balancer.Config, log *slog.Logger) error {
	s, err := start(ctx, cfg, steerLimit, log)
	if err != nil {
		return err
	}
	defer s.close()
	log.Info("the balancer is ready", "api", s.address())
	select {
	case <-ctx.Done():
		log.Info("the balancer ends")
		return nil
	case err := <-s.failed:
		return err
	}
}
