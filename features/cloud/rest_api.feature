@cloud @model:certificate @requires:server-name @guide:ech-other-organization-previous
Feature: Remote clusters through the REST API of Elastic Cloud
  The API sets remote clusters of the same organization in the certificate model, and nothing else: what it lists is what it looks
  after. Elastic's own Go client drives it.

  Background:
    Given two organizations of Elastic Cloud with a deployment each
    And another deployment of the local organization

  @step:rest-put @step:rest-get
  Scenario: A remote cluster of the same organization
    When the remote clusters of the local deployment are set to
      | partner | other | false |
    Then "partner" is connected
    And the API lists the remote clusters of the local deployment as
      | partner | other | true | true | true | true |

  @step:rest-skip-unavailable
  Scenario Outline: skip_unavailable is <value>
    When the remote clusters of the local deployment are set to
      | partner | other | <value> |
    Then "partner" is connected
    And the API says that skip_unavailable of "partner" is <value>

    Examples:
      | value |
      | true  |
      | false |

  @step:rest-put-replaces
  Scenario: A PUT replaces what was there, and an empty list removes everything
    Given the remote clusters of the local deployment are set to
      | partner | other | true |
    And "partner" is connected
    When the remote clusters of the local deployment are set to
      | replica | other | true |
    Then "replica" is connected
    And "partner" is not in the remote info
    When the remote clusters of the local deployment are set to
      | - |
    Then "replica" is not in the remote info
    And the API lists the remote clusters of the local deployment as
      | - |

  @step:rest-alias-characters
  Scenario: The alias has letters, numbers, dashes and underscores
    When the API answers 400 "deployments.elasticsearch.invalid_alias" when the remote clusters of the local deployment are set to
      | my partner | other | true |
    And the remote clusters of the local deployment are set to
      | My_Partner-2 | other | true |
    Then "My_Partner-2" is connected

  @step:rest-note-same-organization
  Scenario: A remote cluster of another organization is there and not listed
    Given the local administrator adds a trusted environment
      | Organization ID | <remote organization ID> |
      | Trust           | All deployments          |
      | Name            | Partners                 |
    And the remote administrator adds a trusted environment
      | Organization ID | <local organization ID> |
      | Trust           | All deployments         |
      | Name            | Customers               |
    And the local administrator adds a remote cluster in Kibana
      | Name          | partner                |
      | Proxy address | <remote proxy address> |
      | Server name   | <remote server name>   |
    And "partner" is connected
    When the remote clusters of the local deployment are set to
      | sibling | other | true |
    Then "sibling" is connected
    And "partner" is connected
    And the API lists the remote clusters of the local deployment as
      | sibling | other | true | true | true | true |

  @step:rest-same-organization-only
  Scenario: A deployment of another organization is as unknown as one that does not exist
    Then the API answers 404 "deployments.deployment_remote_resource_not_found" when the remote clusters of the local deployment are set to
      | partner | remote | true |
    And it is refused as "cloud-api-to-another-organization"
    And the API answers 404 "deployments.deployment_remote_resource_not_found" when the remote clusters of the local deployment are set to
      | partner | nobody's | true |
    And it is refused as "cloud-api-to-another-organization"
    And the API lists the remote clusters of the local deployment as
      | - |

  @step:rest-same-organization-only @requires:api-key-model-beta
  Scenario: An alias with an API key is refused
    Given "logs" on the remote cluster holds 3 documents
    And a cross-cluster API key with search access to "logs"
    And the local administrator adds an API key
      | Setting name | partner       |
      | Secret       | <encoded key> |
    Then the API answers 400 "deployments.elasticsearch.alias_has_api_key" when the remote clusters of the local deployment are set to
      | partner | other | true |

  @step:rest-get
  Scenario: The remote deployment does not trust back
    Given the other administrator updates the trust settings with
      """
      {"trust": {"accounts": []}}
      """
    When the remote clusters of the local deployment are set to
      | partner | other | false |
    Then the API lists the remote clusters of the local deployment as
      | partner | other | false | true | true | false |
