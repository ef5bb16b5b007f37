@guide:ech-other-organization @guide:eck-to-other-eck @model:api-key @step:prerequisites
Feature: The license of the API key model
  Both sides need a license that includes the API key model: a trial has it, basic has not.

  Scenario: The local cluster has a basic license
    Given a remote cluster with the remote cluster server enabled
    And a local cluster that trusts its certificate
    And the local cluster has a basic license
    And "logs" on the remote cluster holds 3 documents
    And a cross-cluster API key with search access to "logs"
    And the local keystore holds the key for the alias "partner"
    When the local cluster adds "partner" in proxy mode on port 9443
    Then "partner" fails as "license-without-api-key-model"

  Scenario: Both clusters have a basic license
    Given a remote cluster with the remote cluster server enabled
    And a local cluster that trusts its certificate
    And the local cluster has a basic license
    And the remote cluster has a basic license
    And "logs" on the remote cluster holds 3 documents
    And the local keystore holds "an unknown key" for the alias "partner"
    When the local cluster adds "partner" in proxy mode on port 9443
    Then "partner" fails as "license-without-api-key-model"

  Scenario: The remote cluster has a basic license
    Given a remote cluster with the remote cluster server enabled
    And a local cluster that trusts its certificate
    And the remote cluster has a basic license
    And "logs" on the remote cluster holds 3 documents
    And the local keystore holds "an unknown key" for the alias "partner"
    When the local cluster adds "partner" in proxy mode on port 9443
    Then "partner" fails as "license-without-api-key-model"

  @step:create-a-cross-cluster-api-key
  Scenario: The key is created on a cluster with a basic license
    Given a remote cluster with the remote cluster server enabled
    And a local cluster that trusts its certificate
    And the local cluster has a basic license
    And the remote cluster has a basic license
    When a cross-cluster API key is created with
      """
      {"name": "partner", "access": {"search": [{"names": ["logs"]}]}}
      """
    Then it is refused as "license-without-cross-cluster-api-keys"

  Scenario: The trial of the remote cluster ends
    Given a remote cluster with the remote cluster server enabled
    And a local cluster that trusts its certificate
    And "logs" on the remote cluster holds 3 documents
    And a cross-cluster API key with search access to "logs"
    And the local keystore holds the key for the alias "partner"
    And the local cluster adds "partner" in proxy mode on port 9443
    And searching "partner:logs" finds 3 documents
    When the remote cluster's license becomes basic
    Then "partner" fails as "license-ended-while-connected"

  Scenario: The trial of the local cluster ends
    Given a remote cluster with the remote cluster server enabled
    And a local cluster that trusts its certificate
    And "logs" on the remote cluster holds 3 documents
    And a cross-cluster API key with search access to "logs"
    And the local keystore holds the key for the alias "partner"
    And the local cluster adds "partner" in proxy mode on port 9443
    And searching "partner:logs" finds 3 documents
    When the local cluster's license becomes basic
    Then "partner" fails as "license-ended-while-connected"
