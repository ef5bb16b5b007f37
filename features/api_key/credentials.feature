@guide:ech-other-organization @guide:eck-to-other-eck @model:api-key
Feature: What the local keystore holds for the alias
  The local cluster sends the stored value as it is with every request, and the remote cluster judges it. Storing proves
  nothing: the keystore takes any text under any alias.

  Background:
    Given a remote cluster with the remote cluster server enabled
    And a local cluster that trusts its certificate
    And "logs" on the remote cluster holds 3 documents
    And a cross-cluster API key with search access to "logs"

  @step:add-the-api-key-to-the-keystore
  Scenario Outline: The stored value is <value>
    Given the local keystore holds "<value>" for the alias "partner"
    When the local cluster adds "partner" in proxy mode on port 9443
    Then "partner" fails as "<failure>"

    Examples:
      | value                        | failure                         |
      | an unknown key               | unknown-api-key                 |
      | a wrong secret               | api-key-with-wrong-secret       |
      | a secret of the wrong length | api-key-secret-of-wrong-length  |
      | the api_key alone            | api-key-without-its-id          |
      | id and api_key unencoded     | api-key-not-encoded             |
      | something that is not base64 | api-key-not-encoded             |

  @step:create-a-cross-cluster-api-key
  Scenario: The key is an API key for the REST interface
    Given an API key for the REST interface of the remote cluster
    And the local keystore holds the key for the alias "partner"
    When the local cluster adds "partner" in proxy mode on port 9443
    Then "partner" fails as "rest-api-key"

  Scenario: The key was invalidated before the connection
    Given the local keystore holds the key for the alias "partner"
    When the key is invalidated
    And the local cluster adds "partner" in proxy mode on port 9443
    Then "partner" fails as "api-key-invalidated"

  Scenario: The key had expired before the connection
    Given a cross-cluster API key with search access to "logs" that expires after 1 s
    And the local keystore holds the key for the alias "partner"
    When the key has expired
    And the local cluster adds "partner" in proxy mode on port 9443
    Then "partner" fails as "api-key-expired"

  @step:the-alias-must-match
  Scenario: The key is stored under another case of the alias
    Given the local keystore holds the key for the alias "Partner"
    When the local cluster adds "partner" in proxy mode on port 9443
    Then "partner" fails as "credentials-under-another-alias"

  @step:reload-secure-settings
  Scenario: The reload, or before 8.13 the restart, is forgotten
    Given the local keystore holds the key for the alias "partner", without a reload
    When the local cluster adds "partner" in proxy mode on port 9443
    Then "partner" fails as "credentials-under-another-alias"

  @step:reload-secure-settings
  Scenario: The reload, or before 8.13 the restart, is forgotten where the remote cluster was added before its key
    Given the local cluster adds "partner" in proxy mode on port 9443
    When the local keystore holds the key for the alias "partner", without a reload
    Then "partner" fails as "credentials-under-another-alias"

  @step:reload-secure-settings
  Scenario: The remote cluster may be added before its key
    Given the local cluster adds "partner" in proxy mode on port 9443
    When the local keystore holds the key for the alias "partner"
    Then "partner" is connected
    And searching "partner:logs" finds 3 documents

  @step:reload-secure-settings @requires:restart-for-remote-credentials
  Scenario: Before 8.13 a reload does not take up the key
    Given the local keystore holds the key for the alias "partner", without a reload
    When a local user with the cluster privilege "all" reloads the secure settings
    And the local cluster adds "partner" in proxy mode on port 9443
    Then "partner" fails as "credentials-under-another-alias"

  @step:reload-secure-settings
  Scenario: A user without the privilege reloads the secure settings
    When a local user with the cluster privilege "monitor" reloads the secure settings
    Then it is refused as "reload-without-the-privilege"

  @step:reload-secure-settings
  Scenario: The privilege manage is not enough for the reload
    Given the local keystore holds the key for the alias "partner", without a reload
    When a local user with the cluster privilege "manage" reloads the secure settings
    Then it is refused as "reload-with-manage-only"

  @step:reload-secure-settings @requires:reload-with-manage-privilege
  Scenario: The privilege manage is enough for the reload
    Given the local keystore holds the key for the alias "partner", without a reload
    When a local user with the cluster privilege "manage" reloads the secure settings
    And the local cluster adds "partner" in proxy mode on port 9443
    Then "partner" is connected
    And searching "partner:logs" finds 3 documents

  Scenario: A cross-cluster API key is used on the REST interface
    When the remote cluster's REST interface is called with the key
    Then it is refused as "cross-cluster-api-key-on-rest"

  @step:create-a-cross-cluster-api-key
  Scenario Outline: The key is created <how>
    When a cross-cluster API key is created with
      """
      <body>
      """
    Then it is refused as "<failure>"

    Examples:
      | how                                  | body                                                                                                | failure                          |
      | with an access that is empty         | {"name": "partner", "access": {}}                                                                   | api-key-with-empty-access        |
      | with a list of searches that is empty | {"name": "partner", "access": {"search": []}}                                                      | api-key-with-empty-access        |
      | without access                       | {"name": "partner"}                                                                                 | api-key-without-access           |
      | without a name                       | {"access": {"search": [{"names": ["logs"]}]}}                                                       | api-key-without-name             |
      | like an API key for REST             | {"name": "partner", "role_descriptors": {"r": {"indices": [{"names": ["logs"], "privileges": ["read"]}]}}} | api-key-with-unknown-field |
      | with privileges of its own           | {"name": "partner", "access": {"search": [{"names": ["logs"], "privileges": ["read"]}]}}            | api-key-access-with-privileges   |
      | with an access without indices       | {"name": "partner", "access": {"search": [{}]}}                                                     | api-key-access-without-names     |
      | with an expiration in words          | {"name": "partner", "access": {"search": [{"names": ["logs"]}]}, "expiration": "next year"}         | api-key-with-bad-expiration      |
      | with document level security and replication | {"name": "partner", "access": {"search": [{"names": ["logs"], "query": {"match_all": {}}}], "replication": [{"names": ["logs"]}]}} | api-key-with-restricted-search-and-replication |
