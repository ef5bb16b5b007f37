@guide:eck-to-other-eck @model:api-key
Feature: A cross-cluster API key where one authority signs everything
  Where the transport interface and the remote cluster server have certificates of one authority, as in ECK, the wrong port is
  not a matter of trust. The connection goes further, and fails in another way.

  Scenario: The right port connects the clusters
    Given a local and a remote cluster with one certificate authority for everything
    And "logs" on the remote cluster holds 3 documents
    And a cross-cluster API key with search access to "logs"
    And the local keystore holds the key for the alias "partner"
    When the local cluster adds "partner" in proxy mode on port 9443
    Then "partner" is connected
    And searching "partner:logs" finds 3 documents
    And every connection went through the load balancer

  @step:change-the-port-to-9443
  Scenario Outline: The transport interface wants a certificate: port <port>
    Given a local and a remote cluster with one certificate authority for everything
    And "logs" on the remote cluster holds 3 documents
    And a cross-cluster API key with search access to "logs"
    And the local keystore holds the key for the alias "partner"
    When the local cluster adds "partner" in proxy mode on port <port>
    Then "partner" fails as "api-key-to-transport-port-of-one-authority"

    Examples:
      | port |
      | 9300 |
      | 9400 |

  @step:change-the-port-to-9443
  Scenario: The transport interface gets a certificate and no user
    Given a local and a remote cluster with one certificate authority for everything
    And the local cluster has the setting "xpack.security.remote_cluster_client.ssl.certificate" with the value "transport.crt"
    And the local cluster has the setting "xpack.security.remote_cluster_client.ssl.key" with the value "transport.key"
    And "logs" on the remote cluster holds 3 documents
    And a cross-cluster API key with search access to "logs"
    And the local keystore holds the key for the alias "partner"
    When the local cluster adds "partner" in proxy mode on port 9300
    Then "partner" fails as "api-key-to-transport-port-with-a-client-certificate"

  Scenario: The transport interface takes the local cluster for an anonymous user with few privileges
    Given a local and a remote cluster with one certificate authority for everything
    And the local cluster has the setting "xpack.security.remote_cluster_client.ssl.certificate" with the value "transport.crt"
    And the local cluster has the setting "xpack.security.remote_cluster_client.ssl.key" with the value "transport.key"
    And the remote cluster has the setting "xpack.security.authc.anonymous.roles" with the value "[viewer]"
    And "logs" on the remote cluster holds 3 documents
    And a cross-cluster API key with search access to "logs"
    And the local keystore holds the key for the alias "partner"
    When the local cluster adds "partner" in proxy mode on port 9300
    Then "partner" fails as "api-key-to-transport-port-as-an-anonymous-user"

  Scenario: The transport interface takes the local cluster for an anonymous superuser
    Given a local and a remote cluster with one certificate authority for everything
    And the local cluster has the setting "xpack.security.remote_cluster_client.ssl.certificate" with the value "transport.crt"
    And the local cluster has the setting "xpack.security.remote_cluster_client.ssl.key" with the value "transport.key"
    And the remote cluster has the setting "xpack.security.authc.anonymous.roles" with the value "[superuser]"
    And "logs" on the remote cluster holds 3 documents
    And a cross-cluster API key with search access to "logs"
    And the local keystore holds the key for the alias "partner"
    When the local cluster adds "partner" in proxy mode on port 9300
    Then "partner" fails as "api-key-to-transport-port-as-an-anonymous-superuser"
