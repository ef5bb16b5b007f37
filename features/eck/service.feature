@eck @guide:eck-to-other-eck @model:api-key @simulated:kubelet @simulated:load-balancer
@step:configure-external-access-to-the-remote-cluster-server-interface-s1
Feature: Expose the remote cluster server of an ECK cluster
  The operator makes a service for the remote cluster server, which the manifest overrides. Its port may change, as long as
  targetPort still names the port on which Elasticsearch listens.

  Background:
    Given the manifest "remote-server-exposed.yaml" is applied to the remote ECK
    And "logs" on the remote cluster holds 3 documents
    And a lasting cross-cluster API key with search access to "logs"
    And the administrator of the remote ECK runs
      """
      kubectl get secret quickstart-es-transport-certs-public \
        -o go-template='{{index .data "ca.crt" | base64decode}}' > eck_transport_ca.crt
      """
    And the manifest "remote-api-keys.yaml" is applied to the local ECK
    And the administrator of the local ECK runs
      """
      kubectl delete configmap remote-ca --ignore-not-found
      kubectl create configmap remote-ca --from-file=remote-cluster-ca.crt=eck_transport_ca.crt
      """
    And the manifest "local-private-ca.yaml" is applied to the local ECK

  @step:note-target-port-9443
  Scenario: A new service with another port, with the target port
    Given the manifest "remote-server-port-443.yaml" is applied to the remote ECK
    And the administrator of the remote ECK runs
      """
      kubectl delete service quickstart-es-remote-cluster
      kubectl wait --for=create service/quickstart-es-remote-cluster --timeout=30s
      """
    When the local cluster adds "partner" in proxy mode on port 443
    Then "partner" is connected
    And searching "partner:logs" finds 3 documents
    And every connection went through the load balancer

  @step:note-target-port-9443
  Scenario: A new service with another port, and the target port is left out
    Given the manifest "remote-server-port-443-without-target-port.yaml" is applied to the remote ECK
    And the administrator of the remote ECK runs
      """
      kubectl delete service quickstart-es-remote-cluster
      kubectl wait --for=create service/quickstart-es-remote-cluster --timeout=30s
      """
    When the local cluster adds "partner" in proxy mode on port 443
    Then "partner" fails as "target-port-left-out"

  @step:note-target-port-9443
  Scenario: A service that is there gets another port, and keeps the target port that the manifest leaves out
    Given the manifest "remote-server-port-443-without-target-port.yaml" is applied to the remote ECK
    When the local cluster adds "partner" in proxy mode on port 443
    Then "partner" is connected
    And searching "partner:logs" finds 3 documents

  Scenario: The target port is that of the transport interface
    Given the manifest "remote-server-target-port-9300.yaml" is applied to the remote ECK
    When the local cluster adds "partner" in proxy mode on port 9443
    Then "partner" fails as "api-key-to-transport-port-of-one-authority"

  Scenario: The old port is no longer there
    Given the manifest "remote-server-port-443.yaml" is applied to the remote ECK
    When the local cluster adds "partner" in proxy mode on port 9443
    Then "partner" fails as "connection-refused"

  @step:enable-the-remote-cluster-server-interface-on-the-remote-eck-cluster
  Scenario: The remote cluster server is not enabled
    Given the manifest "remote-transport-without-trust.yaml" is applied to the remote ECK
    When the local cluster adds "partner" in proxy mode on port 9443
    Then "partner" fails as "connection-refused"

  Scenario: The transport service's port is used with the API key
    Given the manifest "remote-transport-without-trust.yaml" is applied to the remote ECK
    When the local cluster adds "partner" in proxy mode on port 9300
    Then "partner" fails as "api-key-to-transport-port"

  @step:enable-the-remote-cluster-server-interface-on-the-remote-eck-cluster @step:note-enabling-restarts
  Scenario: Enabling the remote cluster server replaces the nodes
    Given the manifest "remote-switched-off.yaml" is applied to the remote ECK
    Then applying the manifest "remote-switched-on.yaml" to the remote ECK replaces the node
    And the administrator of the remote ECK runs
      """
      kubectl delete elasticsearch switched
      """
