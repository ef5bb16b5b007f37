package cloud

import (
	"context"
	"errors"
	"net"
	"regexp"
	"strconv"
	"strings"

	"github.com/elastic/cloud-sdk-go/pkg/models"
)

// placeholder is what stands in angle brackets for something of Elastic Cloud.
var placeholder = regexp.MustCompile(`<(local|remote|other) ` +
	`(organization ID|cluster ID|deployment ID|proxy address|server name)(, mistyped|, port \d+)?>|<encoded key>`)

// Expand puts IDs, addresses, names and the last cross-cluster API key in the place of their placeholders. A scenario
// without Elastic Cloud has none: its text stays as it is.
func (c *Cloud) Expand(ctx context.Context, text string) (string, error) {
	if !c.named {
		return text, nil
	}
	var errs []error
	text = placeholder.ReplaceAllStringFunc(text, func(found string) string {
		value, err := c.value(ctx, placeholder.FindStringSubmatch(found))
		errs = append(errs, err)
		return value
	})
	return text, errors.Join(errs...)
}

// value is what a placeholder stands for, by the parts that its expression matched: whose, what, and in which form.
func (c *Cloud) value(ctx context.Context, parts []string) (string, error) {
	if parts[0] == "<encoded key>" {
		return c.keys.Encoded()
	}
	name, what, form := parts[1], parts[2], parts[3]
	if what == "organization ID" {
		return inForm(organizationID(owner(name)), form), nil
	}
	d, err := c.deployment(ctx, name)
	if err != nil {
		return "", err
	}
	switch what {
	case "cluster ID":
		return inForm(*d.Info.ClusterID, form), nil
	case "deployment ID":
		return inForm(d.Info.DeploymentID, form), nil
	case "server name":
		return d.Info.Metadata.Endpoint, nil
	}
	if port, ok := strings.CutPrefix(form, ", port "); ok {
		return net.JoinHostPort(d.Info.Metadata.Endpoint, port), nil
	}
	return proxyAddress(d), nil
}

// proxyAddress is where the console says that a deployment is reached.
func proxyAddress(d *models.ElasticsearchResourceInfo) string {
	port := int(*d.Info.Metadata.Ports.TransportPassthrough)
	return net.JoinHostPort(d.Info.Metadata.Endpoint, strconv.Itoa(port))
}

func inForm(id, form string) string {
	if form == ", mistyped" {
		return mistyped(id)
	}
	return id
}

// mistyped changes the last character of an ID.
func mistyped(id string) string {
	last := "0"
	if strings.HasSuffix(id, last) {
		last = "1"
	}
	return id[:len(id)-1] + last
}
