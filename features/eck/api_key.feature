@eck @guide:eck-to-other-eck @model:api-key @simulated:kubelet @simulated:load-balancer
Feature: Connect to a cluster of another ECK with an API key
  Two installations of Elastic Cloud on Kubernetes, each with an operator of its own. The remote one exposes the remote
  cluster server with a LoadBalancer service; the local one holds the encoded key in a Secret and the remote authority in a
  ConfigMap.

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

  @step:enable-the-remote-cluster-server-interface-on-the-remote-eck-cluster
  @step:configure-external-access-to-the-remote-cluster-server-interface-s1
  @step:retrieve-the-eck-managed-ca-certificate-of-the-remote-cluster-server @step:create-a-cross-cluster-api-key
  @step:configure-the-local-deployment-1-again-1 @step:configure-the-local-deployment-2-again-1 @step:configure-the-local-deployment-3
  @step:connect-to-the-remote-cluster @step:verify-remote-cluster-connection
  Scenario: The documented steps connect the clusters, with a private authority
    Given the manifest "local-private-ca.yaml" is applied to the local ECK
    When the local cluster adds "partner" in proxy mode on port 9443
    Then "partner" is connected
    And its remote info is
      | connected                    | true            |
      | mode                         | proxy           |
      | proxy_address                | <as added>      |
      | server_name                  | <as added>      |
      | num_proxy_sockets_connected  | 18              |
      | max_proxy_socket_connections | <default>       |
      | initial_connect_timeout      | <default>       |
      | skip_unavailable             | <default>       |
      | cluster_credentials          | ::es_redacted:: |
    And searching "partner:logs" finds 3 documents
    And resolving "partner:logs" shows it connected
    And every connection went through the load balancer

  @step:connect-to-the-remote-cluster @step:note-server-name-may-be-needed
  Scenario: The TLS server name is left empty where only ECK's names are in the certificate
    Given the manifest "local-private-ca.yaml" is applied to the local ECK
    When the local cluster adds "partner" in proxy mode on port 9443 of another name of the load balancer, without a server name
    Then "partner" fails as "server-certificate-names-another-host"

  @step:using-the-elasticsearch-api @step:the-alias-must-match
  Scenario: The alias is not the one in the Secret's key
    Given the manifest "local-private-ca.yaml" is applied to the local ECK
    When the local cluster adds "partners" in proxy mode on port 9443
    Then "partners" fails as "credentials-under-another-alias"

  @step:configure-roles-and-users
  Scenario: A local user searches with remote indices privileges
    Given the manifest "local-private-ca.yaml" is applied to the local ECK
    And a local user who may search "logs" on "partner"
    When the local cluster adds "partner" in proxy mode on port 9443
    Then "partner" is connected
    And searching "partner:logs" finds 3 documents

  @step:configure-roles-and-users
  Scenario: A local user without remote indices privileges finds nothing
    Given the manifest "local-private-ca.yaml" is applied to the local ECK
    And a local user without remote indices privileges
    When the local cluster adds "partner" in proxy mode on port 9443
    Then "partner" is connected
    And searching "partner:logs" fails as "user-without-remote-index-privileges"

  @step:note-authority-of-the-server-rotates
  Scenario: The remote authority is rotated, and the local copy is kept up to date
    Given the manifest "local-private-ca.yaml" is applied to the local ECK
    When the remote ECK rotates the transport authority
    And the remote cluster shows the certificate of its new authority on port 9443
    And the local cluster adds "partner" in proxy mode on port 9443
    Then "partner" fails as "server-authority-replaced"
    When the administrator of the remote ECK runs
      """
      kubectl get secret quickstart-es-transport-certs-public \
        -o go-template='{{index .data "ca.crt" | base64decode}}' > eck_transport_ca.crt
      """
    And the administrator of the local ECK runs
      """
      kubectl delete configmap remote-ca
      kubectl create configmap remote-ca --from-file=remote-cluster-ca.crt=eck_transport_ca.crt
      """
    Then "partner" is connected
    And searching "partner:logs" finds 3 documents

  @step:configure-the-local-deployment-2
  Scenario: No authority is given, and the remote cluster server shows the one of ECK
    Given the manifest "local-public-ca.yaml" is applied to the local ECK
    When the local cluster adds "partner" in proxy mode on port 9443
    Then "partner" fails as "server-authority-unknown"

  @step:configure-the-local-deployment-1 @step:configure-the-local-deployment-1-again-1
  Scenario: The Secret is in another namespace
    Given the manifest "local-secret-elsewhere.yaml" is applied to the local ECK
    When the local cluster adds "partner" in proxy mode on port 9443
    Then the local ECK warns "Secure settings secret not found"
    And "partner" fails as "credentials-under-another-alias"

  @step:configure-the-local-deployment-1 @step:configure-the-local-deployment-1-again-1
  Scenario: The key in the Secret is no setting
    Given the manifest "remote-api-keys-misspelt.yaml" is applied to the local ECK
    When the manifest "local-secret-misspelt.yaml" is applied to the local ECK
    Then the local Elasticsearch does not start, as "unknown secure setting [cluster.remote.partner.credential]"
