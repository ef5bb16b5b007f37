package access

import (
	"context"
	"fmt"
	"net/http"

	"github.com/crosscheck-dev/crosscheck/steps/gherkin"
)

func (k *Keys) keystoreSteps() []gherkin.Definition {
	return gherkin.Controlling("the local keystore", []gherkin.Definition{
		{Expression: "the local keystore holds the key for the alias {string}", Handler: k.Store,
			Doc: "The file holds cluster.remote.<alias>.credentials; then POST _nodes/reload_secure_settings."},
		{Expression: "the local keystore holds the key for the alias {string}, added by elasticsearch-keystore",
			Handler: k.StoreWithTool, Doc: "The same with the documented command, which takes a JVM for each node."},
		{Expression: "the local keystore holds the key for the alias {string}, without a reload",
			Handler: k.storeWithoutReload, Doc: "The reload is forgotten."},
		{Expression: "the local keystore holds {string} for the alias {string}", Handler: k.storeForm,
			Doc: "Instead of the encoded key: " + keyForms + "."},
		{Expression: "the stored key is removed", Handler: k.removeStored,
			Doc: "The keystore is as before, and the secure settings are reloaded."},
		{Expression: "a local user with the cluster privilege {string} reloads the secure settings", Handler: k.reloadAs,
			Doc: "POST _nodes/reload_secure_settings as that user; its answer is kept."},
	})
}

// Store puts the last key into the local keystore as the credentials of an alias, and reloads the secure settings.
func (k *Keys) Store(ctx context.Context, name string) error {
	if err := k.storeWithoutReload(ctx, name); err != nil {
		return err
	}
	return k.Reload(ctx)
}

// StoreWithTool does it with Elasticsearch's own command, as the documents say.
func (k *Keys) StoreWithTool(ctx context.Context, name string) error {
	encoded, err := k.Encoded()
	if err != nil {
		return err
	}
	if err := k.storeValue(ctx, name, encoded, k.world.Local().AddSecureSettingWithTool); err != nil {
		return err
	}
	return k.Reload(ctx)
}

func (k *Keys) storeWithoutReload(ctx context.Context, name string) error {
	encoded, err := k.Encoded()
	if err != nil {
		return err
	}
	return k.storeValue(ctx, name, encoded, k.world.Local().AddSecureSetting)
}

func (k *Keys) storeForm(ctx context.Context, form, name string) error {
	if err := k.world.Ready(ctx); err != nil {
		return err
	}
	value, err := k.form(form)
	if err != nil {
		return err
	}
	if err := k.storeValue(ctx, name, value, k.world.Local().AddSecureSetting); err != nil {
		return err
	}
	return k.Reload(ctx)
}

// storeValue has add put value into the local keystore as the credentials of an alias. It takes effect with a reload.
func (k *Keys) storeValue(ctx context.Context, name, value string,
	add func(ctx context.Context, setting, value string) error) error {
	local := k.world.Local()
	if k.before == nil {
		before, err := local.SaveKeystore(ctx)
		if err != nil {
			return err
		}
		k.before = before
		k.world.Undo.Later("restore the local keystore", k.removeStored)
	}
	setting := "cluster.remote." + k.world.Names.Alias(name) + ".credentials"
	if err := add(ctx, setting, value); err != nil {
		return fmt.Errorf("store the key of %q: %w", name, err)
	}
	return nil
}

func (k *Keys) removeStored(ctx context.Context) error {
	if err := k.world.Local().RestoreKeystore(ctx, k.before); err != nil {
		return err
	}
	return k.Reload(ctx)
}

// Reload has the local nodes read their keystores again.
func (k *Keys) Reload(ctx context.Context) error {
	if err := k.world.Local().API().ReloadSecureSettings(ctx); err != nil {
		return fmt.Errorf("reload the secure settings: %w", err)
	}
	k.world.Timeline.Mark("the local cluster has reloaded its secure settings")
	return nil
}

func (k *Keys) reloadAs(ctx context.Context, privilege string) error {
	api, err := k.users.create(ctx, map[string]any{"cluster": []string{privilege}})
	if err != nil {
		return err
	}
	res, err := api.Do(ctx, http.MethodPost, "/_nodes/reload_secure_settings", nil)
	k.world.Answer = res
	return err
}
