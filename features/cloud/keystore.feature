@cloud @guide:ech-other-organization @guide:ech-other-organization-previous @needs:security
Feature: The keystore of a deployment of Elastic Cloud
  An API key that is added in the console goes into the keystore of the local deployment. From 8.13 on Elasticsearch takes it up
  without a restart (the older guide says 8.13, the current one 8.14); before, only a restart helps.

  Background:
    Given two organizations of Elastic Cloud with a deployment each
    And "logs" on the remote cluster holds 3 documents
    And a cross-cluster API key with search access to "logs"
    And the local administrator adds a remote cluster in Kibana
      | Remote cluster name | partner                           |
      | Remote address      | <remote proxy address, port 9443> |
      | TLS server name     | <remote server name>              |

  @model:api-key @requires:reload-remote-credentials @step:note-keystore-reloads
  Scenario: The keystore is reloaded automatically
    Given "partner" fails as "credentials-under-another-alias"
    When the local administrator adds an API key
      | Remote cluster name   | partner       |
      | Cross-cluster API key | <encoded key> |
    Then "partner" is connected
    And searching "partner:logs" finds 3 documents

  @model:api-key @requires:reload-remote-credentials @step:restart-elasticsearch
  Scenario: A restart does no harm where it is not needed
    Given the local administrator adds an API key
      | Remote cluster name   | partner       |
      | Cross-cluster API key | <encoded key> |
    When the local administrator restarts Elasticsearch
    Then "partner" is connected
    And searching "partner:logs" finds 3 documents

  @model:api-key @requires:restart-for-remote-credentials @step:restart-elasticsearch @step:note-keystore-reloads
  Scenario: Before 8.13 only a restart reloads the keystore
    Given the local administrator adds an API key
      | Remote cluster name   | partner       |
      | Cross-cluster API key | <encoded key> |
    And "partner" fails as "credentials-under-another-alias"
    When the local administrator restarts Elasticsearch
    Then "partner" is connected
    And searching "partner:logs" finds 3 documents
