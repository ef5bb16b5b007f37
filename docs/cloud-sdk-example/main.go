// Command cloud-sdk-example sets a remote cluster through the API of `crosscheck up cloud`, and reads it back. Its
// argument is the file of keys that crosscheck names: go run ./docs/cloud-sdk-example
// /tmp/crosscheck-cloud-123/cloud.json
package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"os"

	"github.com/elastic/cloud-sdk-go/pkg/api"
	"github.com/elastic/cloud-sdk-go/pkg/api/deploymentapi/esremoteclustersapi"
	"github.com/elastic/cloud-sdk-go/pkg/auth"
	"github.com/elastic/cloud-sdk-go/pkg/models"
	"github.com/elastic/cloud-sdk-go/pkg/util/ec"

	"github.com/crosscheck-dev/crosscheck/steps/cloud"
)

func main() {
	file, err := os.ReadFile(os.Args[1])
	check(err)
	var sandbox cloud.Sandbox
	check(json.Unmarshal(file, &sandbox))
	local, other := sandbox.Deployments[0], sandbox.Deployments[1] // of the same organization
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM([]byte(sandbox.CA))
	client, err := api.NewAPI(api.Config{
		Client: &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots,
			MinVersion: tls.VersionTLS12}}},
		Host:       sandbox.API,
		AuthWriter: auth.APIKey(sandbox.Keys[local.Organization]),
	})
	check(err)
	check(esremoteclustersapi.Update(esremoteclustersapi.UpdateParams{API: client, DeploymentID: local.ID,
		RemoteResources: &models.RemoteResources{Resources: []*models.RemoteResourceRef{{
			Alias: ec.String("partner"), DeploymentID: &other.ID, ElasticsearchRefID: ec.String("main-elasticsearch"),
		}}}}))
	remotes, err := esremoteclustersapi.Get(esremoteclustersapi.GetParams{API: client, DeploymentID: local.ID})
	check(err)
	for _, r := range remotes.Resources {
		fmt.Printf("%s connected: %t, trusted: %t, trusted back: %t\n", *r.Alias, *r.Info.Connected, *r.Info.Trusted,
			*r.Info.TrustedBack)
	}
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
