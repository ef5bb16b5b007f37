@guide:ech-other-organization @guide:eck-to-other-eck @model:api-key
Feature: A cross-cluster API key changes while the clusters are connected
  Sockets stay open whatever happens to the key; the remote cluster judges every request on them. What the local cluster
  takes up, and when, differs: access at once, another key with a reload, or before 8.13 with a restart.

  Background:
    Given a remote cluster with the remote cluster server enabled
    And a local cluster that trusts its certificate
    And "metrics" on the remote cluster holds 2 documents
    And "logs" on the remote cluster holds 3 documents

  Scenario: The key is invalidated
    Given a cross-cluster API key with search access to "logs"
    And the local keystore holds the key for the alias "partner"
    And the local cluster adds "partner" in proxy mode on port 9443
    And "partner" is connected
    When the key is invalidated
    Then "partner" fails as "api-key-invalidated-while-connected"

  Scenario: The key expires
    Given a cross-cluster API key with search access to "logs"
    And the local keystore holds the key for the alias "partner"
    And the local cluster adds "partner" in proxy mode on port 9443
    And "partner" is connected
    When the key is given 1 s to live
    And the key has expired
    Then "partner" fails as "api-key-expired-while-connected"

  Scenario: The access of the key is widened
    Given a cross-cluster API key with search access to "metrics"
    And the local keystore holds the key for the alias "partner"
    And the local cluster adds "partner" in proxy mode on port 9443
    And searching "partner:logs" fails as "index-outside-the-api-key"
    When the access of the key is changed to search access to "logs"
    Then searching "partner:logs" finds 3 documents

  Scenario: The access of the key is narrowed
    Given a cross-cluster API key with search access to "logs"
    And the local keystore holds the key for the alias "partner"
    And the local cluster adds "partner" in proxy mode on port 9443
    And "partner" is connected
    And searching "partner:logs" finds 3 documents
    When the access of the key is changed to search access to "metrics"
    Then searching "partner:logs" fails as "index-outside-the-api-key"

  Scenario: The key is for replication only
    Given a cross-cluster API key with replication access to "logs"
    And the local keystore holds the key for the alias "partner"
    When the local cluster adds "partner" in proxy mode on port 9443
    Then "partner" is connected
    And searching "partner:logs" fails as "index-outside-the-api-key"

  Scenario: Another key replaces one that is still valid
    Given a cross-cluster API key with search access to "metrics"
    And the local keystore holds the key for the alias "partner"
    And the local cluster adds "partner" in proxy mode on port 9443
    And searching "partner:metrics" finds 2 documents
    When a cross-cluster API key with search access to "logs"
    And the local keystore holds the key for the alias "partner"
    Then searching "partner:logs" finds 3 documents

  Scenario: Another key replaces one that was invalidated
    Given a cross-cluster API key with search access to "logs"
    And the local keystore holds the key for the alias "partner"
    And the local cluster adds "partner" in proxy mode on port 9443
    And searching "partner:logs" finds 3 documents
    When the key is invalidated
    And a cross-cluster API key with search access to "logs"
    And the local keystore holds the key for the alias "partner"
    Then searching "partner:logs" finds 3 documents

  Scenario: The stored key is removed
    Given a cross-cluster API key with search access to "logs"
    And the local keystore holds the key for the alias "partner"
    And the local cluster adds "partner" in proxy mode on port 9443
    And "partner" is connected
    When the stored key is removed
    Then "partner" fails as "credentials-under-another-alias"
