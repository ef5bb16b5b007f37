package cloud

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"

	"github.com/Masterminds/semver/v3"
	"github.com/elastic/cloud-sdk-go/pkg/models"
	"github.com/elastic/cloud-sdk-go/pkg/util/ec"
	"github.com/go-openapi/strfmt"
)

const kind = "elasticsearch"

func (a *api) listOrganizations(_ *http.Request, u User) (int, any, error) {
	a.plane.mu.RLock()
	defer a.plane.mu.RUnlock()
	o := a.plane.organizations[u.Organization]
	return http.StatusOK, models.OrganizationList{Organizations: []*models.Organization{{ID: &o.ID, Name: &o.Name}}}, nil
}

func (a *api) getOrganization(r *http.Request, u User) (int, any, error) {
	if r.PathValue("organization") != u.Organization {
		return 0, nil, unauthorized()
	}
	a.plane.mu.RLock()
	defer a.plane.mu.RUnlock()
	o := a.plane.organizations[u.Organization]
	return http.StatusOK, models.Organization{ID: &o.ID, Name: &o.Name}, nil
}

func (a *api) listDeployments(_ *http.Request, u User) (int, any, error) {
	all := []*models.DeploymentsListingData{}
	for _, d := range a.plane.list(u.Organization) {
		all = append(all, &models.DeploymentsListingData{ID: &d.ID, Name: &d.Name,
			Resources: []*models.DeploymentResource{resource(d)}})
	}
	return http.StatusOK, models.DeploymentsListResponse{Deployments: all}, nil
}

func resource(d Deployment) *models.DeploymentResource {
	return &models.DeploymentResource{ID: &d.ClusterID, Kind: ec.String(kind), RefID: &d.RefID, Region: &d.Region}
}

func (a *api) createDeployment(r *http.Request, u User) (int, any, error) {
	var request models.DeploymentCreateRequest
	if err := read(r, &request); err != nil {
		return 0, nil, err
	}
	wanted := request.Resources
	if wanted == nil || len(wanted.Elasticsearch) != 1 || wanted.Elasticsearch[0] == nil {
		return 0, nil, malformed("a deployment has one Elasticsearch resource", "resources.elasticsearch")
	}
	if len(wanted.Kibana)+len(wanted.Apm)+len(wanted.Appsearch)+len(wanted.EnterpriseSearch)+
		len(wanted.IntegrationsServer) > 0 {
		return 0, nil, notSimulated("a resource other than Elasticsearch")
	}
	es := wanted.Elasticsearch[0]
	if es.Settings != nil {
		return 0, nil, notSimulated("a new deployment with settings: update it instead")
	}
	version := es.Plan.Elasticsearch.Version
	if version == "" {
		version = request.Version
	}
	if _, err := semver.StrictNewVersion(version); err != nil {
		return 0, nil, malformed(fmt.Sprintf("[%s] is not a version", version),
			"resources.elasticsearch[0].plan.elasticsearch.version")
	}
	d, err := a.plane.create(r.Context(), u, Deployment{Name: request.Name, Region: *es.Region, RefID: *es.RefID,
		Version: version})
	if err != nil {
		return 0, nil, err
	}
	return http.StatusCreated, models.DeploymentCreateResponse{Created: ec.Bool(true), ID: &d.ID, Name: &d.Name,
		Resources: []*models.DeploymentResource{resource(d)}}, nil
}

func (a *api) getDeployment(r *http.Request, u User) (int, any, error) {
	d, err := a.plane.deployment(u, r.PathValue("deployment"))
	if err != nil {
		return 0, nil, err
	}
	return http.StatusOK, models.DeploymentGetResponse{Healthy: ec.Bool(true), ID: &d.ID, Name: &d.Name,
		Resources: &models.DeploymentResources{
			Apm: []*models.ApmResourceInfo{}, Appsearch: []*models.AppSearchResourceInfo{},
			EnterpriseSearch:   []*models.EnterpriseSearchResourceInfo{},
			IntegrationsServer: []*models.IntegrationsServerResourceInfo{}, Kibana: []*models.KibanaResourceInfo{},
			Elasticsearch: []*models.ElasticsearchResourceInfo{a.info(d)},
		}}, nil
}

// updateDeployment takes the settings of the Elasticsearch resource. Everything is checked before anything changes.
func (a *api) updateDeployment(r *http.Request, u User) (int, any, error) {
	d, err := a.plane.deployment(u, r.PathValue("deployment"))
	if err != nil {
		return 0, nil, err
	}
	var request models.DeploymentUpdateRequest
	if err := read(r, &request); err != nil {
		return 0, nil, err
	}
	changes, err := a.changes(u, d, request)
	if err != nil {
		return 0, nil, err
	}
	for _, change := range changes {
		if err := change(r.Context()); err != nil {
			return 0, nil, err
		}
	}
	return http.StatusOK, models.DeploymentUpdateResponse{ID: &d.ID, Name: &d.Name,
		Resources: []*models.DeploymentResource{resource(d)}}, nil
}

func (a *api) changes(u User, d Deployment, request models.DeploymentUpdateRequest,
) ([]func(context.Context) error, error) {
	es, err := updated(d, request)
	if err != nil || es.Settings == nil {
		return nil, err
	}
	if es.Settings.TrafficFilter != nil {
		return nil, notSimulated("traffic_filter in the settings: use associations")
	}
	var all []func(context.Context) error
	if trust := es.Settings.Trust; trust != nil {
		accounts, err := readTrust(trust)
		if err != nil {
			return nil, err
		}
		all = append(all, func(ctx context.Context) error { return a.plane.setTrust(ctx, u, d.ID, accounts) })
	}
	if contents := es.Settings.KeystoreContents; contents != nil {
		secrets, err := readSecrets(contents)
		if err != nil {
			return nil, err
		}
		all = append(all, func(ctx context.Context) error { return a.plane.setSecrets(ctx, u, d.ID, secrets) })
	}
	return all, nil
}

// updated is the Elasticsearch resource that an update of d names, where the update is one that is simulated.
func updated(d Deployment, request models.DeploymentUpdateRequest) (*models.ElasticsearchPayload, error) {
	if *request.PruneOrphans {
		return nil, notSimulated("prune_orphans")
	}
	if request.Name != "" && request.Name != d.Name || request.Settings != nil {
		return nil, notSimulated("a change of anything but the settings of the Elasticsearch resource")
	}
	if request.Resources == nil || len(request.Resources.Elasticsearch) != 1 || request.Resources.Elasticsearch[0] == nil {
		return nil, malformed("the update names one Elasticsearch resource", "resources.elasticsearch")
	}
	es := request.Resources.Elasticsearch[0]
	if *es.RefID != d.RefID {
		return nil, noResource(d.ID, *es.RefID)
	}
	if v := es.Plan.Elasticsearch.Version; v != "" && v != d.Version {
		return nil, notSimulated("an upgrade")
	}
	return es, nil
}

func (a *api) shutdownDeployment(r *http.Request, u User) (int, any, error) {
	d, err := a.plane.deployment(u, r.PathValue("deployment"))
	if err != nil {
		return 0, nil, err
	}
	if err := a.plane.remove(r.Context(), d); err != nil {
		return 0, nil, err
	}
	return http.StatusOK, models.DeploymentShutdownResponse{ID: &d.ID, Name: &d.Name}, nil
}

func (a *api) getResource(r *http.Request, u User) (int, any, error) {
	d, err := a.plane.resource(u, r.PathValue("deployment"), r.PathValue("ref"))
	if err != nil {
		return 0, nil, err
	}
	return http.StatusOK, a.info(d), nil
}

func (a *api) restart(r *http.Request, u User) (int, any, error) {
	d, err := a.plane.resource(u, r.PathValue("deployment"), r.PathValue("ref"))
	if err != nil {
		return 0, nil, err
	}
	return http.StatusAccepted, models.DeploymentResourceCommandResponse{}, a.plane.restart(r.Context(), d)
}

// keystoreUpdate is a model whose own check refuses an entry without a value, which is how one is removed.
type keystoreUpdate struct{ models.KeystoreContents }

// Validate implements validated.
func (k *keystoreUpdate) Validate(strfmt.Registry) error {
	if k.Secrets == nil {
		return errors.New("secrets in body is required")
	}
	return nil
}

// readSecrets takes strings only; a null or missing value removes the entry.
func readSecrets(contents *models.KeystoreContents) (map[string]*string, error) {
	secrets := map[string]*string{}
	for _, name := range slices.Sorted(maps.Keys(contents.Secrets)) {
		secret := contents.Secrets[name]
		if secret.AsFile != nil && *secret.AsFile {
			return nil, notSimulated("a keystore entry that is a file")
		}
		switch v := secret.Value.(type) {
		case nil:
			secrets[name] = nil
		case string:
			secrets[name] = &v
		default:
			return nil, notSimulated("a keystore entry that is not a string")
		}
	}
	return secrets, nil
}

func (a *api) getKeystore(r *http.Request, u User) (int, any, error) {
	d, err := a.plane.resource(u, r.PathValue("deployment"), r.PathValue("ref"))
	if err != nil {
		return 0, nil, err
	}
	return http.StatusOK, keystore(d), nil
}

// keystore names the entries; values are never shown.
func keystore(d Deployment) models.KeystoreContents {
	contents := models.KeystoreContents{Secrets: map[string]models.KeystoreSecret{}}
	for _, name := range d.Secrets {
		contents.Secrets[name] = models.KeystoreSecret{AsFile: ec.Bool(false)}
	}
	return contents
}

func (a *api) patchKeystore(r *http.Request, u User) (int, any, error) {
	d, err := a.plane.resource(u, r.PathValue("deployment"), r.PathValue("ref"))
	if err != nil {
		return 0, nil, err
	}
	var contents keystoreUpdate
	if err := read(r, &contents); err != nil {
		return 0, nil, err
	}
	secrets, err := readSecrets(&contents.KeystoreContents)
	if err != nil {
		return 0, nil, err
	}
	if err := a.plane.setSecrets(r.Context(), u, d.ID, secrets); err != nil {
		return 0, nil, err
	}
	if d, err = a.plane.deployment(u, d.ID); err != nil {
		return 0, nil, err
	}
	return http.StatusOK, keystore(d), nil
}
