@guide:ech-other-organization @guide:eck-to-other-eck @model:api-key @step:configure-roles-and-users
Feature: Roles in the API key model
  What a local user may read on the remote cluster is what both the user's remote indices privileges and the API key's
  access name. Nobody on the local side gets beyond the key.

  Background:
    Given a remote cluster with the remote cluster server enabled
    And a local cluster that trusts its certificate
    And "metrics" on the remote cluster holds 2 documents
    And "logs" on the remote cluster holds 3 documents

  Scenario: The user's role names no remote indices
    Given a cross-cluster API key with search access to "logs"
    And the local keystore holds the key for the alias "partner"
    And a local user without remote indices privileges
    When the local cluster adds "partner" in proxy mode on port 9443
    Then "partner" is connected
    And searching "partner:logs" fails as "user-without-remote-index-privileges"

  Scenario: The user's role names remote indices of another alias only
    Given a cross-cluster API key with search access to "logs"
    And the local keystore holds the key for the alias "partner"
    And a local user who may search "logs" on "supplier"
    When the local cluster adds "partner" in proxy mode on port 9443
    Then "partner" is connected
    And searching "partner:logs" fails as "user-without-remote-index-privileges"

  Scenario: The API key gives the index, and the role does not
    Given a cross-cluster API key with search access to "*"
    And the local keystore holds the key for the alias "partner"
    And a local user who may search "metrics" on "partner"
    When the local cluster adds "partner" in proxy mode on port 9443
    Then "partner" is connected
    And searching "partner:metrics" finds 2 documents
    And searching "partner:logs" fails as "index-outside-the-api-key"

  Scenario: The role gives the index, and the API key does not
    Given a cross-cluster API key with search access to "metrics"
    And the local keystore holds the key for the alias "partner"
    And a local user who may search "*" on "partner"
    When the local cluster adds "partner" in proxy mode on port 9443
    Then "partner" is connected
    And searching "partner:metrics" finds 2 documents
    And searching "partner:logs" fails as "index-outside-the-api-key"

  Scenario: The local superuser reads what the API key gives, and nothing else
    Given a cross-cluster API key with search access to "logs"
    And the local keystore holds the key for the alias "partner"
    When the local cluster adds "partner" in proxy mode on port 9443
    Then "partner" is connected
    And searching "partner:logs" finds 3 documents
    And searching "partner:*" finds 3 documents
    And searching "partner:metrics" fails as "index-outside-the-api-key"

  Scenario: The user searches, and may not read the remote info
    Given a cross-cluster API key with search access to "logs"
    And the local keystore holds the key for the alias "partner"
    And a local user who may search "logs" on "partner"
    And the local cluster adds "partner" in proxy mode on port 9443
    And "partner" is connected
    When the local user asks for the remote info
    Then it is refused as "remote-info-without-monitor"
    And searching "partner:logs" finds 3 documents
