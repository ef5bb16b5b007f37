package access

import (
	"context"
	"fmt"
	"net/http"

	"github.com/crosscheck-dev/crosscheck/steps/gherkin"
)

func (k *Keys) keystoreSteps() []gherkin.Definition {
	return gherkin.Controlling("the local keystore", []gherkin.Definition{
		{Expression: "the local keystore holds the key for the alias {string}", Handler: k.store,
			Needs: []string{remoteKeys},
			Doc: "The file holds cluster.remote.<alias>.credentials; then POST _nodes/reload_secure_settings, or below 8.13 " +
				"the local nodes restart."},
		{Expression: "the local keystore holds the key for the alias {string}, added by elasticsearch-keystore",
			Handler: k.storeWithTool, Needs: []string{remoteKeys},
			Doc: "The same with the documented command, which takes a JVM for each node."},
		{Expression: "the local keystore holds the key for the alias {string}, without a reload",
			Handler: k.storeWithoutReload, Needs: []string{remoteKeys},
			Doc: "The reload, or below 8.13 the restart, is forgotten."},
		{Expression: "the local keystore holds {string} for the alias {string}", Handler: k.storeForm,
			Needs: []string{remoteKeys},
			Doc:   "Instead of the encoded key: " + keyForms + "."},
		{Expression: "the stored key is removed", Handler: k.removeStored,
			Needs: []string{remoteKeys},
			Doc:   "The keystore is as before, and the local nodes take that up, as they take up a key."},
		{Expression: "a local user with the cluster privilege {string} reloads the secure settings", Handler: k.reloadAs,
			Doc: "POST _nodes/reload_secure_settings as that user; its answer is kept."},
	})
}

// store puts the last key into the local keystore as the credentials of an alias, and has the nodes take it up.
func (k *Keys) store(ctx context.Context, name string) error {
	if err := k.storeWithoutReload(ctx, name); err != nil {
		return err
	}
	_, err := k.TakeUp(ctx)
	return err
}

func (k *Keys) storeWithTool(ctx context.Context, name string) error {
	_, err := k.StoreWithTool(ctx, name)
	return err
}

// StoreWithTool does what store does with Elasticsearch's own command, as the documents say, and answers how the nodes
// took up the key.
func (k *Keys) StoreWithTool(ctx context.Context, name string) (how string, err error) {
	encoded, err := k.Encoded()
	if err != nil {
		return "", err
	}
	if err := k.storeValue(ctx, name, encoded, k.world.Local().AddSecureSettingWithTool); err != nil {
		return "", err
	}
	return k.TakeUp(ctx)
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
	_, err = k.TakeUp(ctx)
	return err
}

// storeValue has add put value into the local keystore as the credentials of an alias. It takes effect with TakeUp.
func (k *Keys) storeValue(ctx context.Context, name, value string,
	add func(ctx context.Context, setting, value string) error) error {
	local := k.world.Local()
	if k.before == nil {
		before, err := local.SaveKeystore(ctx)
		if err != nil {
			return err
		}
		k.before = before
		k.world.Undo.Later("restore the local keystore", k.restore)
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
	_, err := k.TakeUp(ctx)
	return err
}

// restore makes the local keystore what it was before the scenario. Below 8.13 the nodes hold on to the credentials
// until they restart the next time: nobody will use their alias again.
func (k *Keys) restore(ctx context.Context) error {
	if err := k.world.Local().RestoreKeystore(ctx, k.before); err != nil {
		return err
	}
	return k.reload(ctx)
}

// TakeUp has the local nodes take up what their keystores hold, as the documentation of their version says, and answers
// how: from 8.13 on they read them again, before that they restart.
func (k *Keys) TakeUp(ctx context.Context) (how string, err error) {
	pair := k.world.Pair
	restart, _, err := k.world.Env.Facts.Applies("restart-for-remote-credentials", pair.Local, pair.Remote)
	if err != nil {
		return "", fmt.Errorf("look how %s takes up credentials: %w", pair.Local, err)
	}
	if !restart {
		return "POST _nodes/reload_secure_settings", k.reload(ctx)
	}
	if err := k.world.RestartLocal(ctx); err != nil {
		return "", err
	}
	k.world.Timeline.Mark("the local cluster has restarted")
	return "a restart of the local nodes", nil
}

// reload has the local nodes read their keystores again.
func (k *Keys) reload(ctx context.Context) error {
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
