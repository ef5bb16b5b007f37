@eck @guide:eck-to-other-eck @simulated:kubelet @simulated:load-balancer
Feature: Manifests that ECK does not take
  The API server refuses what the operator's definitions do not know, with the path of the field.

  @step:enable-the-remote-cluster-server-interface-on-the-remote-eck-cluster
  Scenario: A field is misspelt
    Then applying the manifest "remote-server-misspelt.yaml" to the remote ECK is refused at line 8 with "unknown field \"spec.remoteClustersServer\""

  @step:configure-external-access-to-the-remote-cluster-server-interface-s1
  Scenario: The port of the service is not a number
    Then applying the manifest "remote-server-port-not-a-number.yaml" to the remote ECK is refused at line 15 with "spec.remoteClusterServer.service.spec.ports[0].port"

  @step:configure-the-local-deployment-2 @step:configure-the-local-deployment-3
  Scenario: The Secret's name stands in the nodeSet
    Then applying the manifest "local-secret-in-the-node-set.yaml" to the local ECK is refused at line 11 with "unknown field \"spec.nodeSets[0].secureSettings\""

  @step:configure-the-local-deployment-2 @step:configure-the-local-deployment-3
  Scenario: A placeholder is still there
    Then applying the manifest "local-placeholder.yaml" to the local ECK is refused at line 5 with "the placeholder \"<local-cluster-name>\" is still there"

  @step:enable-the-remote-cluster-server-interface-on-the-remote-eck-cluster
  Scenario: The dots are still there
    Then applying the manifest "local-dots.yaml" to the remote ECK is refused at line 11 with "the placeholder \"...\" is still there"

  @step:configure-the-local-deployment-1 @step:configure-the-local-deployment-1-again-1
  Scenario: The Secret as the guide prints it, without indentation
    Then the administrator of the local ECK runs what is refused with "resource name may not be empty"
      """
      cat <<MANIFEST | kubectl apply -f -
      apiVersion: v1
      kind: Secret
      metadata:
      name: remote-api-keys
      type: Opaque
      stringData:
      cluster.remote.partner.credentials: bm90OmFrZXk=
      MANIFEST
      """
