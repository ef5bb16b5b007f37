@model:api-key
Feature: The remote cluster server cannot be reached
  The load balancer accepts a connection whatever is behind it. That the remote cluster server is off, or listens on the
  loopback address only, shows as a connection that ends before the TLS handshake does.

  Scenario: The remote cluster server is not enabled
    Given a remote cluster without the remote cluster server
    And a local cluster that trusts its certificate
    And a cross-cluster API key with search access to "logs"
    And the local keystore holds the key for the alias "partner"
    When the local cluster adds "partner" in proxy mode on port 9443
    Then "partner" fails as "closed-by-the-load-balancer"

  Scenario: The remote cluster server is bound to the loopback address
    Given a remote cluster with the remote cluster server enabled
    And the remote cluster has the setting "remote_cluster.host" with the value "127.0.0.1"
    And a local cluster that trusts its certificate
    And a cross-cluster API key with search access to "logs"
    And the local keystore holds the key for the alias "partner"
    When the local cluster adds "partner" in proxy mode on port 9443
    Then "partner" fails as "closed-by-the-load-balancer"

  Scenario: The load balancer goes down and comes back
    Given a remote cluster with the remote cluster server enabled
    And a local cluster that trusts its certificate
    And "logs" on the remote cluster holds 3 documents
    And a cross-cluster API key with search access to "logs"
    And the local keystore holds the key for the alias "partner"
    And the local cluster adds "partner" in proxy mode on port 9443
    And "partner" is connected
    When the load balancer refuses connections on port 9443
    Then "partner" is shown as disconnected
    And "partner" fails as "connection-refused"
    When the load balancer heals
    Then searching "partner:logs" finds 3 documents again

  Scenario: The remote cluster restarts
    Given a remote cluster with the remote cluster server enabled
    And a local cluster that trusts its certificate
    And "logs" on the remote cluster holds 3 documents
    And a cross-cluster API key with search access to "logs"
    And the local keystore holds the key for the alias "partner"
    And the local cluster adds "partner" in proxy mode on port 9443
    And "partner" is connected
    When the remote cluster restarts
    Then "partner" is shown as disconnected
    And searching "partner:logs" finds 3 documents again
    And "partner" is shown as connected
