@eck @guide:eck-to-other-eck @model:certificate @simulated:kubelet @simulated:load-balancer
Feature: Connect to a cluster of another ECK with certificates
  Each side gets the transport authority of the other in a ConfigMap, and names it in the manifest. The transport service of
  the remote cluster is exposed.

  Background:
    Given the manifest "remote-transport-without-trust.yaml" is applied to the remote ECK
    And the manifest "local-transport-without-trust.yaml" is applied to the local ECK
    And "logs" on the remote cluster holds 3 documents
    And the administrator of the remote ECK runs
      """
      kubectl get secret transport-es-transport-certs-public \
        -o go-template='{{index .data "ca.crt" | base64decode}}' > remote_transport_ca.crt
      """
    And the administrator of the local ECK runs
      """
      kubectl get secret certificates-es-transport-certs-public \
        -o go-template='{{index .data "ca.crt" | base64decode}}' > local_transport_ca.crt
      kubectl delete configmap remote-certs --ignore-not-found
      kubectl create configmap remote-certs --from-file=ca.crt=remote_transport_ca.crt
      """
    And the administrator of the remote ECK runs
      """
      kubectl delete configmap local-certs --ignore-not-found
      kubectl create configmap local-certs --from-file=ca.crt=local_transport_ca.crt
      """
    And the manifest "remote-transport-exposed.yaml" is applied to the remote ECK
    And the manifest "local-transport-trust.yaml" is applied to the local ECK

  @step:make-sure-both-clusters-trust-each-others-certificate-authority @step:connect-to-the-remote-cluster
  @step:configure-external-access-to-the-transport-interface-of-the-remote-cluster
  Scenario: The documented steps connect the clusters
    When the local cluster adds "partner" in proxy mode on port 9300
    Then "partner" is connected
    And searching "partner:logs" finds 3 documents
    And resolving "partner:logs" shows it connected
    And every connection went through the load balancer

  @step:connect-to-the-remote-cluster @step:note-server-name-may-be-needed
  Scenario: The TLS server name may be left empty, as ECK does not verify host names between transport interfaces
    When the local cluster adds "partner" in proxy mode on port 9300 without a server name
    Then "partner" is connected
    And searching "partner:logs" finds 3 documents

  @step:configure-external-access-to-the-transport-interface-of-the-remote-cluster @step:note-target-port-9300
  Scenario: A new service with another port, with the target port
    Given the manifest "remote-transport-port-443.yaml" is applied to the remote ECK
    And the administrator of the remote ECK runs
      """
      kubectl delete service transport-es-transport
      kubectl wait --for=create service/transport-es-transport --timeout=30s
      """
    When the local cluster adds "partner" in proxy mode on port 443
    Then "partner" is connected
    And searching "partner:logs" finds 3 documents

  @step:configure-external-access-to-the-transport-interface-of-the-remote-cluster @step:note-target-port-9300
  Scenario: A new service with another port, and the target port is left out
    Given the manifest "remote-transport-port-443-without-target-port.yaml" is applied to the remote ECK
    And the administrator of the remote ECK runs
      """
      kubectl delete service transport-es-transport
      kubectl wait --for=create service/transport-es-transport --timeout=30s
      """
    When the local cluster adds "partner" in proxy mode on port 443
    Then "partner" fails as "target-port-left-out"

  @step:make-sure-both-clusters-trust-each-others-certificate-authority
  Scenario: The remote cluster does not trust the local authority
    Given the manifest "remote-transport-without-trust.yaml" is applied to the remote ECK
    And the remote node trusts 1 authority
    When the local cluster adds "partner" in proxy mode on port 9300
    Then "partner" fails as "local-authority-unknown"

  @step:make-sure-both-clusters-trust-each-others-certificate-authority
  Scenario: The local cluster does not trust the remote authority
    Given the manifest "local-transport-without-trust.yaml" is applied to the local ECK
    And the local node trusts 1 authority
    When the local cluster adds "partner" in proxy mode on port 9300
    Then "partner" fails as "remote-authority-unknown"

  @step:note-transport-authority-rotates
  Scenario: The remote authority is rotated, and the local copy is kept up to date
    When the remote ECK rotates the transport authority
    And the remote cluster shows the certificate of its new authority on port 9300
    And the local cluster adds "partner" in proxy mode on port 9300
    Then "partner" fails as "remote-authority-replaced"
    When the administrator of the remote ECK runs
      """
      kubectl get secret transport-es-transport-certs-public \
        -o go-template='{{index .data "ca.crt" | base64decode}}' > remote_transport_ca.crt
      """
    And the administrator of the local ECK runs
      """
      kubectl delete configmap remote-certs
      kubectl create configmap remote-certs --from-file=ca.crt=remote_transport_ca.crt
      """
    Then "partner" is connected
    And searching "partner:logs" finds 3 documents

  @step:note-copied-secrets
  Scenario: The Secret of the authority is copied into another namespace as it is, and stays, for it names no owner to Kubernetes
    When the administrator of the remote ECK runs
      """
      test -z "$(kubectl get secret transport-es-transport-certs-public -o jsonpath='{.metadata.ownerReferences}')"
      kubectl get secret transport-es-transport-certs-public -o yaml \
        | sed -e 's/^  namespace: .*/  namespace: <local namespace>/' -e '/^  uid: /d' -e '/resourceVersion/d' | kubectl apply -f -
      """
    Then the administrator of the local ECK runs what is refused with "timed out"
      """
      kubectl wait --for=delete secret/transport-es-transport-certs-public --timeout=5s
      """
