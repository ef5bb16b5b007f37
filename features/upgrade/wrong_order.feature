@upgrade
Feature: Upgrade in the wrong order
  9.x speaks with the last 8.x and with no earlier one, neither between clusters nor between the nodes of one.

  @model:api-key @wire:incompatible
  Scenario: The remote cluster goes to 9.x while the local one is not yet the last 8.x
    Given a remote cluster with the remote cluster server enabled
    And a local cluster that trusts its certificate
    And "logs" on the remote cluster holds 3 documents
    And a cross-cluster API key with search access to "logs"
    And the local keystore holds the key for the alias "partner"
    And the local cluster adds "partner" in proxy mode on port 9443
    And "partner" is connected
    And a watcher searches "partner:logs" from the local cluster without pause
    When the remote cluster is upgraded node by node to "9.3.2"
    Then the watcher's searches are interrupted
    And "partner" fails as "remote-version-too-new"

  @model:certificate @wire:incompatible
  Scenario: The same with TLS certificates
    Given a local and a remote cluster whose transport certificates trust each other
    And "logs" on the remote cluster holds 3 documents
    And the local cluster adds "partner" in proxy mode on port 9300
    And "partner" is connected
    And a watcher searches "partner:logs" from the local cluster without pause
    When the remote cluster is upgraded node by node to "9.3.2"
    Then the watcher's searches are interrupted
    And "partner" fails as "remote-version-too-new"

  @model:api-key @wire:incompatible
  Scenario: The local cluster goes to 9.x while the remote one is not yet the last 8.x
    Given a remote cluster with the remote cluster server enabled
    And a local cluster that trusts its certificate
    And "logs" on the remote cluster holds 3 documents
    And a cross-cluster API key with search access to "logs"
    And the local keystore holds the key for the alias "partner"
    And the local cluster adds "partner" in proxy mode on port 9443
    And "partner" is connected
    When the local cluster is upgraded node by node to "9.3.2"
    Then "partner" fails as "remote-version-too-old"

  @model:api-key
  Scenario: A node of the remote cluster skips the last 8.x
    Given a remote cluster with the remote cluster server enabled
    And the remote cluster has 3 nodes
    And a local cluster that trusts its certificate
    And "logs" on the remote cluster holds 3 documents
    And a cross-cluster API key with search access to "logs"
    And the local keystore holds the key for the alias "partner"
    And the local cluster adds "partner" in proxy mode on port 9443
    And "partner" is connected
    And a watcher searches "partner:logs" from the local cluster without pause
    When a node of the remote cluster does not start with "9.3.2" on its data
    Then the watcher's searches were interrupted for at most 30 s
    And "partner" fails as "remote-node-skips-a-version"
