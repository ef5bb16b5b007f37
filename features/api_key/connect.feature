@guide:ech-other-organization @guide:eck-to-other-eck @model:api-key
Feature: Connect with a cross-cluster API key
  The remote cluster's administrator creates a cross-cluster API key. The local cluster stores it under the alias that it
  will use, reloads its secure settings, and connects in proxy mode to the remote cluster server interface. Only the local
  side trusts the other: the transport interfaces know nothing of each other.

  Background:
    Given a remote cluster with the remote cluster server enabled
    And a local cluster that trusts its certificate
    And "logs" on the remote cluster holds 3 documents
    And a cross-cluster API key with search access to "logs"
    And the local keystore holds the key for the alias "partner", added by elasticsearch-keystore

  @step:connect-to-a-remote-cluster
  Scenario: The documented steps connect the clusters
    When the local cluster adds "partner" in proxy mode on port 9443
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

  @step:connect-to-a-remote-cluster
  Scenario: The server name may be left out where the address is in the certificate
    When the local cluster adds "partner" in proxy mode on port 9443 without a server name
    Then "partner" is connected
    And its remote info is
      | connected                    | true            |
      | mode                         | proxy           |
      | proxy_address                | <as added>      |
      | server_name                  |                 |
      | num_proxy_sockets_connected  | 18              |
      | max_proxy_socket_connections | <default>       |
      | initial_connect_timeout      | <default>       |
      | skip_unavailable             | <default>       |
      | cluster_credentials          | ::es_redacted:: |
    And searching "partner:logs" finds 3 documents
    And every connection went through the load balancer

  @step:configure-roles-and-users
  Scenario: A local user searches with remote indices privileges
    Given a local user who may search "logs" on "partner"
    When the local cluster adds "partner" in proxy mode on port 9443
    Then "partner" is connected
    And searching "partner:logs" finds 3 documents

  @step:connect-to-a-remote-cluster
  Scenario: The connection is shown by _resolve/cluster, too
    When the local cluster adds "partner" in proxy mode on port 9443
    Then "partner" is connected
    And resolving "partner:logs" shows it connected

  @step:configure-roles-and-users
  Scenario: A local user with remote indices privileges may resolve
    Given a local user who may search "logs" on "partner"
    When the local cluster adds "partner" in proxy mode on port 9443
    Then "partner" is connected
    And resolving "partner:logs" shows it connected

  @step:the-alias-must-match
  Scenario: The key is stored under another alias
    When the local cluster adds "partners" in proxy mode on port 9443
    Then "partners" fails as "credentials-under-another-alias"
