@eck @guide:eck-to-other-eck @model:api-key @simulated:kubelet @simulated:load-balancer
@step:configure-external-access-to-the-remote-cluster-server-interface-s2
Feature: Expose the remote cluster server with a service of one's own
  Up to ECK 3.2 the operator's service cannot be changed: kubectl makes another one for the same pods.

  Background:
    Given the remote cluster is managed by ECK 3.2.0
    And the manifest "remote-server-enabled.yaml" is applied to the remote ECK
    And "logs" on the remote cluster holds 3 documents
    And a lasting cross-cluster API key with search access to "logs"
    And the administrator of the remote ECK runs
      """
      kubectl get secret quickstart-es-transport-certs-public \
        -o go-template='{{index .data "ca.crt" | base64decode}}' > eck_transport_ca.crt
      kubectl delete service quickstart-es-remote-cluster-lb --ignore-not-found
      """
    And the manifest "remote-api-keys-of-the-other-operator.yaml" is applied to the local ECK
    And the administrator of the local ECK runs
      """
      kubectl delete configmap other-ca --ignore-not-found
      kubectl create configmap other-ca --from-file=remote-cluster-ca.crt=eck_transport_ca.crt
      """
    And the manifest "local-private-ca-of-the-other-operator.yaml" is applied to the local ECK

  Scenario: kubectl expose as it is documented
    When the administrator of the remote ECK runs
      """
      kubectl expose service quickstart-es-remote-cluster \
        --name=quickstart-es-remote-cluster-lb \
        --type=LoadBalancer \
        --port=9443 --target-port=9443
      """
    And the local cluster adds "partner" in proxy mode on port 9443
    Then "partner" is connected
    And searching "partner:logs" finds 3 documents
    And every connection went through the load balancer

  @step:note-target-port-9443
  Scenario: Another port, and --target-port is left out
    When the administrator of the remote ECK runs
      """
      kubectl expose service quickstart-es-remote-cluster \
        --name=quickstart-es-remote-cluster-lb --type=LoadBalancer --port=443
      """
    And the local cluster adds "partner" in proxy mode on port 443
    Then "partner" fails as "target-port-left-out"

  Scenario: The service is not exposed
    When the local cluster adds "partner" in proxy mode on port 9443
    Then "partner" fails as "connection-refused"
