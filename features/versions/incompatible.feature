Feature: Versions that do not go together
  Transport protocols understand the own major version and the last minor version of the one before. What the guide calls
  the minimum version of a mode or of a security model is a limit of its own.

  @wire:incompatible @model:certificate
  Scenario: The remote version is too new for the local one
    Given a local and a remote cluster whose transport certificates trust each other
    And "logs" on the remote cluster holds 3 documents
    When the local cluster adds "partner" in proxy mode on port 9300
    Then "partner" fails as "remote-version-too-new"

  @wire:incompatible @model:certificate
  Scenario: The remote version is too old for the local one
    Given a local and a remote cluster whose transport certificates trust each other
    And "logs" on the remote cluster holds 3 documents
    When the local cluster adds "partner" in proxy mode on port 9300
    Then "partner" fails as "remote-version-too-old"

  @wire:incompatible @model:api-key
  Scenario: The remote version is too new for the local one, with a cross-cluster API key
    Given a remote cluster with the remote cluster server enabled
    And a local cluster that trusts its certificate
    And "logs" on the remote cluster holds 3 documents
    And a cross-cluster API key with search access to "logs"
    And the local keystore holds the key for the alias "partner"
    When the local cluster adds "partner" in proxy mode on port 9443
    Then "partner" fails as "remote-version-too-new"

  @wire:incompatible @model:api-key
  Scenario: The remote version is too old for the local one, with a cross-cluster API key
    Given a remote cluster with the remote cluster server enabled
    And a local cluster that trusts its certificate
    And "logs" on the remote cluster holds 3 documents
    And a cross-cluster API key with search access to "logs"
    And the local keystore holds the key for the alias "partner"
    When the local cluster adds "partner" in proxy mode on port 9443
    Then "partner" fails as "remote-version-too-old"

  @needs:security
  Scenario: The remote version knows no cross-cluster API keys
    Given a local and a remote cluster with one certificate authority for everything
    And the local cluster has the setting "xpack.security.remote_cluster_client.ssl.certificate" with the value "transport.crt"
    And the local cluster has the setting "xpack.security.remote_cluster_client.ssl.key" with the value "transport.key"
    And the local keystore holds "an unknown key" for the alias "partner"
    And "logs" on the remote cluster holds 3 documents
    When the local cluster adds "partner" in proxy mode on port 9300
    Then "partner" fails as "remote-version-without-api-keys"
