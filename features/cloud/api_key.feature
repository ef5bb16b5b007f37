@cloud @model:api-key @guide:ech-other-organization @guide:ech-other-organization-previous
Feature: A cross-cluster API key between two organizations of Elastic Cloud
  The remote organization creates a cross-cluster API key. The local organization adds it to its deployment in the console, under
  the alias that it will use, and adds the remote cluster with the remote deployment's address, its port changed to 9443.

  Background:
    Given two organizations of Elastic Cloud with a deployment each
    And "logs" on the remote cluster holds 3 documents
    And a cross-cluster API key with search access to "logs"

  @requires:reload-remote-credentials
  @step:prerequisites-versions @step:no-mutual-trust @step:create-a-cross-cluster-api-key @step:copy-the-encoded-key
  @step:log-in @step:find-the-deployment @step:select-security @step:add-api-key @step:note-keystore-reloads
  @step:open-remote-clusters @step:add-a-remote-cluster @step:select-the-connection-type @step:fill-in-the-connection
  @step:remote-cluster-name @step:remote-address @step:change-the-port-to-9443 @step:tls-server-name @step:next @step:confirm
  @step:enter-manually
  Scenario: The documented steps connect the clusters
    Given the local administrator logs in and finds the local deployment
    And the trust summary of the local deployment lists
      | <local organization ID> | | all |
    When the local administrator adds an API key
      | Remote cluster name   | partner       |
      | Cross-cluster API key | <encoded key> |
    And the local administrator adds a remote cluster in Kibana
      | Remote cluster name | partner                           |
      | Remote address      | <remote proxy address, port 9443> |
      | TLS server name     | <remote server name>              |
    Then "partner" is connected
    And its remote info is
      | connected                    | true            |
      | mode                         | proxy           |
      | proxy_address                | <as added>      |
      | server_name                  | <as added>      |
      | num_proxy_sockets_connected  | 18              |
      | max_proxy_socket_connections | <default>       |
      | initial_connect_timeout      | <default>       |
      | skip_unavailable             | <default>       |
      | cluster_credentials          | ::es_redacted:: |
    And searching "partner:logs" finds 3 documents
    And every connection went through the load balancer

  @requires:reload-remote-credentials
  @step:remote-cluster-name @step:the-alias-must-match
  Scenario: The alias differs from the remote cluster name
    Given the local administrator adds an API key
      | Remote cluster name   | partner       |
      | Cross-cluster API key | <encoded key> |
    When the local administrator adds a remote cluster in Kibana
      | Remote cluster name | partners                          |
      | Remote address      | <remote proxy address, port 9443> |
      | TLS server name     | <remote server name>              |
    Then "partners" fails as "credentials-under-another-alias"

  @requires:reload-remote-credentials
  @step:change-the-port-to-9443
  Scenario: The port is not changed to 9443
    Given the local administrator adds an API key
      | Remote cluster name   | partner       |
      | Cross-cluster API key | <encoded key> |
    When the local administrator adds a remote cluster in Kibana
      | Remote cluster name | partner                |
      | Remote address      | <remote proxy address> |
      | TLS server name     | <remote server name>   |
    Then "partner" fails as "api-key-to-transport-port"

  @requires:reload-remote-credentials
  @step:tls-server-name
  Scenario: Without a TLS server name
    Given the local administrator adds an API key
      | Remote cluster name   | partner       |
      | Cross-cluster API key | <encoded key> |
    When the local administrator adds a remote cluster in Kibana
      | Remote cluster name | partner                           |
      | Remote address      | <remote proxy address, port 9443> |
    Then "partner" is connected
    And searching "partner:logs" finds 3 documents

  @requires:reload-remote-credentials
  @step:socket-connections
  Scenario: Fewer socket connections
    Given the local administrator adds an API key
      | Remote cluster name   | partner       |
      | Cross-cluster API key | <encoded key> |
    When the local administrator adds a remote cluster in Kibana
      | Remote cluster name | partner                           |
      | Remote address      | <remote proxy address, port 9443> |
      | TLS server name     | <remote server name>              |
      | Socket connections  | 5                                 |
    Then "partner" is connected
    And its remote info is
      | connected                    | true            |
      | mode                         | proxy           |
      | proxy_address                | <as added>      |
      | server_name                  | <as added>      |
      | num_proxy_sockets_connected  | 5               |
      | max_proxy_socket_connections | 5               |
      | initial_connect_timeout      | <default>       |
      | skip_unavailable             | <default>       |
      | cluster_credentials          | ::es_redacted:: |

  @requires:reload-remote-credentials
  @step:api-alias @step:api-mode @step:api-proxy-address @step:change-the-port-to-9443 @step:api-server-name @step:api-example
  Scenario: The Elasticsearch API instead of Kibana
    Given the Security page of the remote deployment shows
      | Proxy address | <remote cluster ID>.us-east-1.aws.crosscheck.test:9400 |
      | Server name   | <remote cluster ID>.us-east-1.aws.crosscheck.test      |
    And the local administrator adds an API key
      | Setting name | partner       |
      | Secret       | <encoded key> |
    When the local cluster sets for "partner"
      | mode          | proxy                             |
      | proxy_address | <remote proxy address, port 9443> |
      | server_name   | <remote server name>              |
    Then "partner" is connected
    And searching "partner:logs" finds 3 documents
    And resolving "partner:logs" shows it connected
    And every connection went through the load balancer

  @step:add-api-key
  Scenario Outline: The remote cluster name "<name>" is refused
    Then the console refuses to add an API key with the remote cluster name "<name>"

    Examples:
      | name        |
      | Partner     |
      | my partner  |
      | partner.one |
      | pärtner     |

  @requires:reload-remote-credentials
  @step:add-api-key
  Scenario: The remote cluster name may have numbers, dashes and underscores
    Given the local administrator adds an API key
      | Remote cluster name   | partner_2-b   |
      | Cross-cluster API key | <encoded key> |
    When the local administrator adds a remote cluster in Kibana
      | Remote cluster name | partner_2-b                       |
      | Remote address      | <remote proxy address, port 9443> |
      | TLS server name     | <remote server name>              |
    Then "partner_2-b" is connected

  @requires:reload-remote-credentials
  @step:change-an-api-key
  Scenario: The key is replaced by one with other permissions
    Given the local administrator adds an API key
      | Remote cluster name   | partner       |
      | Cross-cluster API key | <encoded key> |
    And the local administrator adds a remote cluster in Kibana
      | Remote cluster name | partner                           |
      | Remote address      | <remote proxy address, port 9443> |
      | TLS server name     | <remote server name>              |
    And "partner" is connected
    And "metrics" on the remote cluster holds 2 documents
    When a cross-cluster API key with search access to "metrics"
    And the local administrator adds an API key
      | Remote cluster name   | partner       |
      | Cross-cluster API key | <encoded key> |
    Then searching "partner:metrics" finds 2 documents

  @requires:reload-remote-credentials
  @step:configure-roles-and-users
  Scenario: A local user searches with remote indices privileges
    Given a local user who may search "logs" on "partner"
    And the local administrator adds an API key
      | Remote cluster name   | partner       |
      | Cross-cluster API key | <encoded key> |
    When the local administrator adds a remote cluster in Kibana
      | Remote cluster name | partner                           |
      | Remote address      | <remote proxy address, port 9443> |
      | TLS server name     | <remote server name>              |
    Then "partner" is connected
    And searching "partner:logs" finds 3 documents
