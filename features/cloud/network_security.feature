@cloud
Feature: Network security of a deployment of Elastic Cloud
  Without a policy everything passes. Once one is applied to the remote deployment, a local cluster with an API key needs a private
  connection policy of type remote cluster that names its organization or its cluster. Certificates pass whatever the policies say.

  Background:
    Given two organizations of Elastic Cloud with a deployment each
    And "logs" on the remote cluster holds 3 documents

  @model:api-key @requires:reload-remote-credentials @guide:ech-other-organization @step:note-network-security-policies
  Scenario Outline: A policy lets the local cluster through: <what>
    Given a cross-cluster API key with search access to "logs"
    And the local administrator adds an API key
      | Remote cluster name   | partner       |
      | Cross-cluster API key | <encoded key> |
    And the remote administrator applies a private connection policy of type remote cluster to the remote deployment
      | Organization ID          | <organization> |
      | Elasticsearch cluster ID | <cluster>      |
    When the local administrator adds a remote cluster in Kibana
      | Remote cluster name | partner                           |
      | Remote address      | <remote proxy address, port 9443> |
      | TLS server name     | <remote server name>              |
    Then "partner" is connected
    And searching "partner:logs" finds 3 documents

    Examples:
      | what              | organization            | cluster            |
      | its organization  | <local organization ID> |                    |
      | its cluster       |                         | <local cluster ID> |
      | both of them      | <local organization ID> | <local cluster ID> |

  @model:api-key @requires:reload-remote-credentials @guide:ech-other-organization @step:note-network-security-policies
  Scenario Outline: No policy lets the local cluster through: <what>
    Given a cross-cluster API key with search access to "logs"
    And the local administrator adds an API key
      | Remote cluster name   | partner       |
      | Cross-cluster API key | <encoded key> |
    And the remote administrator applies a private connection policy of type remote cluster to the remote deployment
      | Organization ID          | <organization> |
      | Elasticsearch cluster ID | <cluster>      |
    When the local administrator adds a remote cluster in Kibana
      | Remote cluster name | partner                           |
      | Remote address      | <remote proxy address, port 9443> |
      | TLS server name     | <remote server name>              |
    Then "partner" fails as "closed-by-the-load-balancer"
    And the proxy of the remote deployment blocked connections

    Examples:
      | what                                         | organization                      | cluster               |
      | a mistyped organization ID                   | <local organization ID, mistyped> |                       |
      | the ID of the deployment, not of the cluster |                                   | <local deployment ID> |

  @model:api-key @requires:reload-remote-credentials @guide:ech-other-organization @guide:ech-other-organization-previous
  @step:note-network-security-policies @step:no-traffic-filters
  Scenario: With an IP filter only, the local cluster is blocked until a policy names it
    Given a cross-cluster API key with search access to "logs"
    And the local administrator adds an API key
      | Remote cluster name   | partner       |
      | Cross-cluster API key | <encoded key> |
    And the remote administrator applies an IP filter policy for "203.0.113.0/24" to the remote deployment
    When the local administrator adds a remote cluster in Kibana
      | Remote cluster name | partner                           |
      | Remote address      | <remote proxy address, port 9443> |
      | TLS server name     | <remote server name>              |
    Then "partner" fails as "closed-by-the-load-balancer"
    And the proxy of the remote deployment blocked connections
    When the remote administrator applies a private connection policy of type remote cluster to the remote deployment
      | Organization ID | <local organization ID> |
    Then "partner" is connected
    And searching "partner:logs" finds 3 documents

  @model:certificate @guide:ech-other-organization @step:note-network-security-policies
  Scenario: Policies have no effect on the certificate model
    Given the local administrator adds a trusted environment
      | Organization ID | <remote organization ID> |
      | Trust           | All deployments          |
      | Name            | Partners                 |
    And the remote administrator adds a trusted environment
      | Organization ID | <local organization ID> |
      | Trust           | All deployments         |
      | Name            | Customers               |
    And the remote administrator applies an IP filter policy for "203.0.113.0/24" to the remote deployment
    When the local administrator adds a remote cluster in Kibana
      | Remote cluster name | partner                |
      | Remote address      | <remote proxy address> |
      | TLS server name     | <remote server name>   |
    Then "partner" is connected
    And searching "partner:logs" finds 3 documents

  @model:api-key @requires:reload-remote-credentials @guide:ech-other-organization @step:note-network-security-policies
  Scenario: A policy is bound to its region
    Then a policy of another region cannot be applied to the remote deployment
