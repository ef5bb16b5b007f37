@upgrade @model:api-key
Feature: Migrate from TLS certificates to a cross-cluster API key
  The remote cluster is removed, the key stored under the same alias, and the remote cluster added again on the port of the
  remote cluster server. Cross-cluster searches stop for as long as that takes.

  Background:
    Given a local and a remote cluster whose transport certificates trust each other
    And a remote cluster with the remote cluster server enabled
    And a local cluster that trusts its certificate
    And "logs" on the remote cluster holds 3 documents
    And the local cluster adds "partner" in proxy mode on port 9300
    And "partner" is connected
    And a cross-cluster API key with search access to "logs"
    And a watcher searches "partner:logs" from the local cluster without pause

  Scenario: A live pair migrates under its alias
    When the local cluster removes "partner"
    And the local keystore holds the key for the alias "partner"
    And the local cluster adds "partner" in proxy mode on port 9443
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
    And the watcher's searches were interrupted for at most 120 s
    And searching "partner:logs" finds 3 documents
    And every connection went through the load balancer

  Scenario: The key is stored before the remote cluster is removed
    When the local keystore holds the key for the alias "partner"
    Then the watcher's searches are interrupted
    And "partner" fails as "api-key-to-transport-port"
