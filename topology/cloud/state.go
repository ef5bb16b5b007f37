package cloud

import (
	"fmt"
	"regexp"
	"slices"
	"time"

	"github.com/elastic/cloud-sdk-go/pkg/models"

	"github.com/crosscheck-dev/crosscheck/topology/lab"
)

// PortHTTPS is the port of a deployment's endpoint for HTTPS, as the API shows it. The other ports are topology's.
const PortHTTPS = 443

// Organization owns deployments, users and network security policies.
type Organization struct {
	ID   string // 10 digits
	Name string
}

// User belongs to one organization. Its API keys may do everything there and nothing elsewhere.
type User struct {
	ID, Email, Organization string
}

// Account is an organization that a deployment trusts.
type Account struct {
	ID   string
	Name string   // the trusted environment's, in the summary of the Security page
	All  bool     // every deployment, later ones too
	Only []string // else these cluster IDs
}

// Deployment is an Elasticsearch cluster with what the control plane knows of it. It is copied, never shared.
type Deployment struct {
	ID, Name, Organization, Region string
	RefID                          string // of its Elasticsearch resource
	ClusterID, Endpoint, Version   string
	Trust                          []Account
	Secrets                        []string // names in the keystore
	Created                        time.Time
	Revision                       int32 // counts changes
}

// Ruleset is a network security policy.
type Ruleset struct {
	ID, Organization string
	Info             models.TrafficFilterRulesetRequest
	Deployments      []string // to which it is applied
}

// Types of rulesets that are simulated.
const (
	TypeIP            = "ip"
	TypeRemoteCluster = "remote_cluster"
)

// trusts reports whether d's settings trust the deployment other, wherever it is.
func (d Deployment) trusts(other Deployment) bool {
	return slices.ContainsFunc(d.Trust, func(a Account) bool {
		return a.ID == other.Organization && (a.All || slices.Contains(a.Only, other.ClusterID))
	})
}

// patterns are the names that d's trust restrictions let through: its own nodes always, and whom it trusts.
func (d Deployment) patterns() []string {
	names := []string{certificateName(d.ClusterID, d.Organization)}
	for _, a := range d.Trust {
		if a.All {
			names = append(names, certificateName("*", a.ID))
			continue
		}
		for _, id := range a.Only {
			names = append(names, certificateName(id, a.ID))
		}
	}
	return names
}

// certificateName is what the transport certificates of a cluster carry.
func certificateName(cluster, organization string) string {
	return lab.AccountName("*", cluster, organization)
}

var (
	// An ID is never verified, only kept from being read as a pattern.
	idLike      = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)
	remoteAlias = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)
	// The console's own rule for the remote cluster name of an API key.
	keyAlias    = regexp.MustCompile(`^[a-z0-9_-]+$`)
	credentials = regexp.MustCompile(`^cluster\.remote\.(.*)\.credentials$`)
	settingName = regexp.MustCompile(`^[A-Za-z0-9_.-]{1,200}$`)
)

// readTrust checks trust settings and turns them into accounts. That the IDs exist is not looked at: whoever asks must
// not learn which do.
func readTrust(t *models.ElasticsearchClusterTrustSettings) ([]Account, error) {
	if len(t.Direct)+len(t.External) > 0 {
		return nil, notSimulated("trust with anything but accounts")
	}
	var accounts []Account
	for i, a := range t.Accounts {
		field := fmt.Sprintf("trust.accounts[%d]", i)
		if a == nil {
			return nil, malformed(field+" is null", field)
		}
		account := Account{ID: *a.AccountID, Name: a.Name, All: *a.TrustAll, Only: slices.Clone(a.TrustAllowlist)}
		if slices.ContainsFunc(accounts, func(other Account) bool { return other.ID == account.ID }) {
			return nil, malformed(fmt.Sprintf("the account [%s] is listed twice", account.ID), field)
		}
		for _, id := range append([]string{account.ID}, account.Only...) {
			if !idLike.MatchString(id) {
				return nil, malformed(fmt.Sprintf("[%s] is not an ID", id), field)
			}
		}
		accounts = append(accounts, account)
	}
	return accounts, nil
}

// admits reports whether rulesets, those of one deployment, let a connection of source to the remote cluster server
// pass. Without any everything passes. An IP filter never fits a deployment of Elastic Cloud: it is for other local
// clusters.
func admits(rulesets []Ruleset, source Deployment) bool {
	if len(rulesets) == 0 {
		return true
	}
	for _, r := range rulesets {
		for _, rule := range r.Info.Rules {
			organization, cluster := rule.RemoteClusterOrgID, rule.RemoteClusterID
			if *r.Info.Type == TypeRemoteCluster &&
				(organization == "" || organization == source.Organization) && (cluster == "" || cluster == source.ClusterID) {
				return true
			}
		}
	}
	return false
}
