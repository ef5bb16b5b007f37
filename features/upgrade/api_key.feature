@upgrade @model:api-key
Feature: Upgrade with a cross-cluster API key
  Connected clusters are upgraded one after the other, node by node. All the while a watcher searches across. What was set
  up before holds after.

  Background:
    Given a remote cluster with the remote cluster server enabled
    And the remote cluster has 3 nodes
    And a local cluster that trusts its certificate

  Scenario: The remote cluster goes from the last 8.x to 9.x
    Given "logs" on the remote cluster holds 3 documents
    And a cross-cluster API key with search access to "logs"
    And the local keystore holds the key for the alias "partner"
    And the local cluster adds "partner" in proxy mode on port 9443
    And "partner" is connected
    And a watcher searches "partner:logs" from the local cluster without pause
    When the remote cluster is upgraded node by node to "9.3.2"
    Then the watcher's searches were interrupted for at most 60 s
    And "partner" is connected
    And searching "partner:logs" finds 3 documents
