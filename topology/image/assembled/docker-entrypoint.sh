#!/bin/bash
# Starts Elasticsearch as the official image does: settings from the environment, a bootstrap password into the keystore.
set -euo pipefail
umask 0002
cd /usr/share/elasticsearch

if [[ "${1:-}" != eswrapper ]]; then
  exec "$@"
fi

# A variable with a dot in its name is a setting, and so is ES_SETTING_CLUSTER_NAME (a double underscore stands for one).
settings=()
while IFS= read -r -d '' pair; do
  name=${pair%%=*} value=${pair#*=}
  if [[ -z $value ]]; then
    continue
  fi
  if [[ $name =~ ^[-a-z0-9_]+(\.[-a-z0-9_]+)+$ ]]; then
    settings+=("-E$name=$value")
  elif [[ $name =~ ^ES_SETTING(__?[A-Z0-9]+)+$ ]]; then
    name=${name#ES_SETTING_} name=${name//__/:} name=${name//_/.} name=${name//:/_}
    settings+=("-E${name,,}=$value")
  fi
done < <(env -0)

if [[ -n ${ELASTIC_PASSWORD_FILE:-} ]]; then
  ELASTIC_PASSWORD=$(<"$ELASTIC_PASSWORD_FILE")
fi
# Without security the node would refuse the secure setting. A password that is there already wins; --force creates the
# keystore where there is none.
if [[ -n ${ELASTIC_PASSWORD:-} && -x bin/elasticsearch-users ]]; then
  if [[ ! -f config/elasticsearch.keystore ]] || ! bin/elasticsearch-keystore list | grep -qx bootstrap.password; then
    bin/elasticsearch-keystore add --stdin --force bootstrap.password <<<"$ELASTIC_PASSWORD"
  fi
fi

# The container sees its own control group at the root, not at the path that /proc/self/cgroup names.
export ES_JAVA_OPTS="-Des.cgroups.hierarchy.override=/ ${ES_JAVA_OPTS:-}"
exec bin/elasticsearch "${settings[@]}"
