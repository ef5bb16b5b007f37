@cloud @model:certificate @guide:ech-other-organization @guide:ech-other-organization-previous
Feature: Trust between two organizations of Elastic Cloud
  A deployment trusts all or specific deployments of another organization, by IDs that nobody verifies. Two deployments connect only
  when each of them trusts the other.

  Background:
    Given two organizations of Elastic Cloud with a deployment each
    And "logs" on the remote cluster holds 3 documents

  @step:trust-add-environment @step:trust-select-certificates @step:trust-organization-id @step:trust-level @step:trust-name
  @step:trust-create @step:trust-on-both-sides
  @step:open-remote-clusters @step:add-a-remote-cluster @step:select-the-connection-type @step:fill-in-the-connection
  @step:remote-cluster-name @step:remote-address @step:tls-server-name @step:next @step:confirm @step:enter-manually
  Scenario: All deployments are trusted on both sides
    Given the local administrator adds a trusted environment
      | Organization ID | <remote organization ID> |
      | Trust           | All deployments          |
      | Name            | Partners                 |
    And the remote administrator adds a trusted environment
      | Organization ID | <local organization ID> |
      | Trust           | All deployments         |
      | Name            | Customers               |
    And the trust summary of the local deployment lists
      | <local organization ID>  |          | all |
      | <remote organization ID> | Partners | all |
    When the local administrator adds a remote cluster in Kibana
      | Remote cluster name | partner                |
      | Remote address      | <remote proxy address> |
      | TLS server name     | <remote server name>   |
    Then "partner" is connected
    And its remote info is
      | connected                    | true       |
      | mode                         | proxy      |
      | proxy_address                | <as added> |
      | server_name                  | <as added> |
      | num_proxy_sockets_connected  | 18         |
      | max_proxy_socket_connections | <default>  |
      | initial_connect_timeout      | <default>  |
      | skip_unavailable             | <default>  |
    And searching "partner:logs" finds 3 documents
    And every connection went through the load balancer

  @step:trust-level @step:trust-name @step:trust-on-both-sides @step:api-alias @step:api-mode @step:api-proxy-address
  @step:api-server-name @step:api-example
  Scenario: Specific deployments are trusted on both sides, and the Elasticsearch API adds the remote cluster
    Given the local administrator adds a trusted environment
      | Organization ID           | <remote organization ID> |
      | Trust                     | Specific deployments     |
      | Elasticsearch cluster IDs | <remote cluster ID>      |
      | Name                      | Partners                 |
    And the remote administrator adds a trusted environment
      | Organization ID           | <local organization ID> |
      | Trust                     | Specific deployments    |
      | Elasticsearch cluster IDs | <local cluster ID>      |
      | Name                      | Customers               |
    And the trust summary of the remote deployment lists
      | <remote organization ID> |           | all                |
      | <local organization ID>  | Customers | <local cluster ID> |
    When the local cluster sets for "partner"
      | mode          | proxy                  |
      | proxy_address | <remote proxy address> |
      | server_name   | <remote server name>   |
    Then "partner" is connected
    And searching "partner:logs" finds 3 documents
    And every connection went through the load balancer

  @step:trust-through-the-api
  Scenario: The trust settings are updated through the API
    Given the local administrator updates the trust settings with
      """
      {
        "trust": {
          "accounts": [
            {"account_id": "<local organization ID>", "trust_all": true},
            {"account_id": "<remote organization ID>", "trust_all": false, "trust_allowlist": ["<remote cluster ID>"]}
          ]
        }
      }
      """
    And the remote administrator adds a trusted environment
      | Organization ID | <local organization ID> |
      | Trust           | All deployments         |
      | Name            | Customers               |
    When the local administrator adds a remote cluster in Kibana
      | Name          | partner                |
      | Proxy address | <remote proxy address> |
      | Server name   | <remote server name>   |
    Then "partner" is connected
    And searching "partner:logs" finds 3 documents

  @step:trust-on-both-sides
  Scenario: Only the local deployment trusts, and then the remote one as well
    Given the local administrator adds a trusted environment
      | Organization ID | <remote organization ID> |
      | Trust           | All deployments          |
      | Name            | Partners                 |
    When the local administrator adds a remote cluster in Kibana
      | Remote cluster name | partner                |
      | Remote address      | <remote proxy address> |
      | TLS server name     | <remote server name>   |
    Then "partner" fails as "remote-trust-leaves-the-local-cluster-out"
    When the remote administrator adds a trusted environment
      | Organization ID | <local organization ID> |
      | Trust           | All deployments         |
      | Name            | Customers               |
    Then "partner" is connected
    And searching "partner:logs" finds 3 documents

  @step:trust-on-both-sides
  Scenario: Only the remote deployment trusts
    Given the remote administrator adds a trusted environment
      | Organization ID | <local organization ID> |
      | Trust           | All deployments         |
      | Name            | Customers               |
    When the local administrator adds a remote cluster in Kibana
      | Remote cluster name | partner                |
      | Remote address      | <remote proxy address> |
      | TLS server name     | <remote server name>   |
    Then "partner" fails as "local-trust-leaves-the-remote-cluster-out"

  @step:note-ids-are-not-verified @step:trust-organization-id @step:trust-level @step:trust-through-the-api
  Scenario Outline: The local deployment is told a wrong ID: <what>
    Given the remote administrator adds a trusted environment
      | Organization ID | <local organization ID> |
      | Trust           | All deployments         |
      | Name            | Customers               |
    And the local administrator adds a trusted environment
      | Organization ID           | <organization>       |
      | Trust                     | <trust>              |
      | Elasticsearch cluster IDs | <clusters>           |
      | Name                      | Partners             |
    When the local administrator adds a remote cluster in Kibana
      | Remote cluster name | partner                |
      | Remote address      | <remote proxy address> |
      | TLS server name     | <remote server name>   |
    Then "partner" fails as "local-trust-leaves-the-remote-cluster-out"

    Examples:
      | what                                         | organization                       | trust                | clusters                      |
      | a mistyped organization ID                   | <remote organization ID, mistyped> | All deployments      |                               |
      | a mistyped cluster ID                        | <remote organization ID>           | Specific deployments | <remote cluster ID, mistyped> |
      | the ID of the deployment, not of the cluster | <remote organization ID>           | Specific deployments | <remote deployment ID>        |
      | the ID of its own cluster                    | <remote organization ID>           | Specific deployments | <local cluster ID>            |

  @step:note-ids-are-not-verified
  Scenario Outline: The remote deployment is told a wrong ID: <what>
    Given the local administrator adds a trusted environment
      | Organization ID | <remote organization ID> |
      | Trust           | All deployments          |
      | Name            | Partners                 |
    And the remote administrator adds a trusted environment
      | Organization ID           | <organization> |
      | Trust                     | <trust>        |
      | Elasticsearch cluster IDs | <clusters>     |
      | Name                      | Customers      |
    When the local administrator adds a remote cluster in Kibana
      | Remote cluster name | partner                |
      | Remote address      | <remote proxy address> |
      | TLS server name     | <remote server name>   |
    Then "partner" fails as "remote-trust-leaves-the-local-cluster-out"

    Examples:
      | what                                         | organization                      | trust                | clusters              |
      | a mistyped organization ID                   | <local organization ID, mistyped> | All deployments      |                       |
      | the ID of the deployment, not of the cluster | <local organization ID>           | Specific deployments | <local deployment ID> |

  @step:note-ids-are-not-verified
  Scenario: A mistyped ID is corrected
    Given the local administrator adds a trusted environment
      | Organization ID | <remote organization ID, mistyped> |
      | Trust           | All deployments                    |
      | Name            | Partners                           |
    And the remote administrator adds a trusted environment
      | Organization ID | <local organization ID> |
      | Trust           | All deployments         |
      | Name            | Customers               |
    And the local administrator adds a remote cluster in Kibana
      | Remote cluster name | partner                |
      | Remote address      | <remote proxy address> |
      | TLS server name     | <remote server name>   |
    And "partner" fails as "local-trust-leaves-the-remote-cluster-out"
    When the local administrator adds a trusted environment
      | Organization ID | <remote organization ID> |
      | Trust           | All deployments          |
      | Name            | Partners                 |
    Then "partner" is connected

  @step:change-the-port-to-9443
  Scenario: The port is changed to 9443 without an API key
    Given the local administrator adds a trusted environment
      | Organization ID | <remote organization ID> |
      | Trust           | All deployments          |
      | Name            | Partners                 |
    And the remote administrator adds a trusted environment
      | Organization ID | <local organization ID> |
      | Trust           | All deployments         |
      | Name            | Customers               |
    When the local administrator adds a remote cluster in Kibana
      | Remote cluster name | partner                           |
      | Remote address      | <remote proxy address, port 9443> |
      | TLS server name     | <remote server name>              |
    Then "partner" fails as "certificate-to-remote-cluster-server-port"

  @step:tls-server-name @step:api-server-name
  Scenario Outline: The proxy does not know where to: <what>
    Given the local administrator adds a trusted environment
      | Organization ID | <remote organization ID> |
      | Trust           | All deployments          |
      | Name            | Partners                 |
    And the remote administrator adds a trusted environment
      | Organization ID | <local organization ID> |
      | Trust           | All deployments         |
      | Name            | Customers               |
    When the local cluster sets for "partner"
      | mode          | proxy                  |
      | proxy_address | <remote proxy address> |
      | server_name   | <name>                 |
    Then "partner" fails as "server-name-unknown-to-the-load-balancer"

    Examples:
      | what                                   | name                |
      | no server name                         | null                |
      | the server name of the local deployment | <local server name> |

  @step:configure-roles-and-users
  Scenario: A local user searches with a role that both deployments know
    Given a local user who may search "logs" on "partner"
    And a role of the same name grants read access to "logs" on the remote cluster
    And the local administrator adds a trusted environment
      | Organization ID | <remote organization ID> |
      | Trust           | All deployments          |
      | Name            | Partners                 |
    And the remote administrator adds a trusted environment
      | Organization ID | <local organization ID> |
      | Trust           | All deployments         |
      | Name            | Customers               |
    When the local administrator adds a remote cluster in Kibana
      | Remote cluster name | partner                |
      | Remote address      | <remote proxy address> |
      | TLS server name     | <remote server name>   |
    Then "partner" is connected
    And searching "partner:logs" finds 3 documents
