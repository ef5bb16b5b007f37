@cloud @model:certificate @guide:ech-other-organization @guide:ech-other-organization-previous @step:trust-level
Feature: Deployments that an organization of Elastic Cloud creates later
  Whoever trusts all deployments of an organization trusts its later ones as well; whoever trusts specific ones does not.

  Background:
    Given two organizations of Elastic Cloud with a deployment each
    And the remote organization has no deployment yet
    And "logs" on the remote cluster holds 3 documents

  Scenario: All deployments are trusted, new ones too
    Given the local administrator adds a trusted environment
      | Organization ID | <remote organization ID> |
      | Trust           | All deployments          |
      | Name            | Partners                 |
    When the remote organization creates a deployment
    And the remote administrator adds a trusted environment
      | Organization ID | <local organization ID> |
      | Trust           | All deployments         |
      | Name            | Customers               |
    And the local administrator adds a remote cluster in Kibana
      | Remote cluster name | partner                |
      | Remote address      | <remote proxy address> |
      | TLS server name     | <remote server name>   |
    Then "partner" is connected
    And searching "partner:logs" finds 3 documents

  Scenario: Specific deployments are trusted, and a new one is not until it is listed
    Given the local administrator adds a trusted environment
      | Organization ID           | <remote organization ID>         |
      | Trust                     | Specific deployments             |
      | Elasticsearch cluster IDs | cf659f7fe6164d9691b284ae36811be1 |
      | Name                      | Partners                         |
    When the remote organization creates a deployment
    And the remote administrator adds a trusted environment
      | Organization ID | <local organization ID> |
      | Trust           | All deployments         |
      | Name            | Customers               |
    And the local administrator adds a remote cluster in Kibana
      | Remote cluster name | partner                |
      | Remote address      | <remote proxy address> |
      | TLS server name     | <remote server name>   |
    Then "partner" fails as "local-trust-leaves-the-remote-cluster-out"
    When the local administrator adds a trusted environment
      | Organization ID           | <remote organization ID>                              |
      | Trust                     | Specific deployments                                  |
      | Elasticsearch cluster IDs | cf659f7fe6164d9691b284ae36811be1, <remote cluster ID> |
      | Name                      | Partners                                              |
    Then "partner" is connected
