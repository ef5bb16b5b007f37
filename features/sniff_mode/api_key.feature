@model:api-key
Feature: Sniff mode with a cross-cluster API key
  The seed is a remote cluster server, and the gateways are the remote nodes that have one, at the addresses that it publishes.
  Those are IP addresses, and by default the local cluster wants them among the names in its certificate.

  Background:
    Given a remote cluster with the remote cluster server enabled
    And a local cluster that trusts its certificate
    And the remote cluster publishes the address of the load balancer

  Scenario: The seed is on the port of the remote cluster server
    Given the local cluster has the setting "xpack.security.remote_cluster_client.ssl.verification_mode" with the value "certificate"
    And "logs" on the remote cluster holds 3 documents
    And a cross-cluster API key with search access to "logs"
    And the local keystore holds the key for the alias "partner"
    When the local cluster adds "partner" in sniff mode with the seed on port 9443
    Then "partner" is connected
    And its remote info is
      | connected                   | true            |
      | mode                        | sniff           |
      | seeds                       | <as added>      |
      | num_nodes_connected         | 1               |
      | max_connections_per_cluster | <default>       |
      | initial_connect_timeout     | <default>       |
      | skip_unavailable            | <default>       |
      | cluster_credentials         | ::es_redacted:: |
    And searching "partner:logs" finds 3 documents
    And every connection went through the load balancer

  Scenario: The published address is not in the certificate of the remote cluster server
    Given a cross-cluster API key with search access to "logs"
    And the local keystore holds the key for the alias "partner"
    When the local cluster adds "partner" in sniff mode with the seed on port 9443
    Then "partner" fails as "published-address-not-in-the-certificate"
