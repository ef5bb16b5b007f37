package cloud

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/crosscheck-dev/crosscheck/steps/gherkin"
	"github.com/crosscheck-dev/crosscheck/steps/verdict"
	"github.com/crosscheck-dev/crosscheck/topology"
)

// requests are plain requests to the API of the control plane.
type requests struct{ cloud *Cloud }

func (r requests) steps() []gherkin.Definition {
	return []gherkin.Definition{
		{Expression: "with the key of the {word} organization, {string} is answered {int} {string}",
			Handler: r.expectAnswer, Simulates: simulated(),
			Doc: "A method and a path below /api/v1, as plain HTTP; the key is the local, the remote or no organization's. " +
				"An error has the API's own form and shows nothing of the local deployment."},
		{Expression: "with the key of the {word} organization, {string} is answered {int} {string} to the body",
			Handler: r.expectAnswerToBody, Simulates: simulated(),
			Doc: "The same with the body below; <2 MB> is so much."},
	}
}

func (r requests) expectAnswer(ctx context.Context, who, request string, status int, code string) error {
	return r.expectAnswerToBody(ctx, who, request, status, code, "")
}

func (r requests) expectAnswerToBody(ctx context.Context, who, request string, status int, code, body string) error {
	if err := r.cloud.open(ctx); err != nil {
		return err
	}
	request, err := r.cloud.Expand(ctx, request)
	if err != nil {
		return err
	}
	if body, err = r.cloud.Expand(ctx, body); err != nil {
		return err
	}
	got, answer, err := r.send(ctx, who, request, strings.ReplaceAll(body, "<2 MB>", strings.Repeat("x", 2<<20)))
	if err != nil {
		return err
	}
	if broke(got, status) {
		return fmt.Errorf("%s: the control plane broke: %d %s", request, got, answer)
	}
	form := ""
	if code != "" {
		form = `{"errors":[{"code":"` + code + `"`
	}
	if got != status || !strings.HasPrefix(answer, form) {
		return &verdict.Mismatch{What: request, Wanted: fmt.Sprintf("%d %s", status, form),
			Got: fmt.Sprintf("%d %s", got, answer)}
	}
	local := r.cloud.world.Local()
	for _, secret := range []string{local.ID, local.Endpoint, localOrganization, "the local deployment"} {
		if who != topology.Local && strings.Contains(answer, secret) {
			return &verdict.Mismatch{What: request, Wanted: "nothing of the local organization", Got: answer}
		}
	}
	return nil
}

// send sends a method and a path below /api/v1 with the key of the local, the remote or no organization.
func (r requests) send(ctx context.Context, who, request, body string) (status int, answer string, err error) {
	method, path, _ := strings.Cut(request, " ")
	target := r.cloud.plane.server.URL + "/api/v1" + path
	sent, err := http.NewRequestWithContext(ctx, method, target, strings.NewReader(body))
	if err != nil {
		return 0, "", fmt.Errorf("prepare %s: %w", request, err)
	}
	client := r.cloud.plane.clients[topology.Local]
	if owner, ok := r.cloud.plane.clients[who]; ok {
		client = owner
		sent.Header.Set("Authorization", "ApiKey "+owner.key)
	} else if who != "no" {
		return 0, "", fmt.Errorf("there is a local, a remote and no organization, and no %q one", who)
	}
	res, err := client.http.Do(sent)
	if err != nil {
		return 0, "", fmt.Errorf("send %s: %w", request, err)
	}
	defer res.Body.Close()
	read, err := io.ReadAll(res.Body)
	if err != nil {
		return 0, "", fmt.Errorf("read the answer to %s: %w", request, err)
	}
	return res.StatusCode, string(read), nil
}
