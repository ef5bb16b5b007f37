@upgrade @model:api-key
Feature: Upgrade with a cross-cluster API key
  Connected clusters are upgraded node by node, the remote one first. All the while a watcher searches across, as
  applications do. What was set up before the upgrade holds after it.

  Background:
    Given a remote cluster with the remote cluster server enabled
    And the remote cluster has 3 nodes
    And a local cluster that trusts its certificate

  Scenario: From the last 8.x to 9.x, the remote cluster first
    Given the local cluster has 3 nodes
    And "logs" on the remote cluster holds 3 documents
    And a cross-cluster API key with search access to "logs"
    And the local keystore holds the key for the alias "partner"
    And the local cluster adds "partner" in proxy mode on port 9443
    And a local user who may search "logs" on "partner"
    And "partner" is connected
    And a watcher searches "partner:logs" from the local cluster without pause
    When the remote cluster is upgraded node by node to "9.3.2"
    Then the keys, settings and trust of "partner" still hold
    When the local cluster is upgraded node by node to "9.3.2"
    Then the watcher's searches were interrupted for at most 30 s
    And the keys, settings and trust of "partner" still hold
    And searching "partner:logs" finds 3 documents
    And every connection went through the load balancer

  Scenario: From an older 8.x by way of the last one, the remote cluster first each time
    Given "logs" on the remote cluster holds 3 documents
    And a cross-cluster API key with search access to "logs"
    And the local keystore holds the key for the alias "partner"
    And the local cluster adds "partner" in proxy mode on port 9443
    And "partner" is connected
    When the remote cluster is upgraded node by node to "8.19.0"
    And the local cluster is upgraded node by node to "8.19.0"
    Then the keys, settings and trust of "partner" still hold
    Given a watcher searches "partner:logs" from the local cluster without pause
    When the remote cluster is upgraded node by node to "9.3.2"
    Then the watcher's searches were interrupted for at most 30 s
    When the local cluster is upgraded node by node to "9.3.2"
    Then the keys, settings and trust of "partner" still hold
    And searching "partner:logs" finds 3 documents
