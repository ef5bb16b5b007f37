@guide:ech-other-organization @guide:eck-to-other-eck @model:certificate
Feature: Connect with TLS certificates
  Both sides trust the certificates of each other's transport interface. The local cluster connects to it in proxy mode, and
  passes the names of its user's roles on.

  Background:
    Given a local and a remote cluster whose transport certificates trust each other
    And "logs" on the remote cluster holds 3 documents

  @step:connect-to-a-remote-cluster
  Scenario: The documented steps connect the clusters
    When the local cluster adds "partner" in proxy mode on port 9300
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

  @step:connect-to-a-remote-cluster
  Scenario: Port 9400 of a routing load balancer takes the server name
    When the local cluster adds "partner" in proxy mode on port 9400
    Then "partner" is connected
    And searching "partner:logs" finds 3 documents
    And every connection went through the load balancer

  @step:configure-roles-and-users
  Scenario: A local user searches with a role that both clusters know
    Given a local user who may search "logs" on "partner"
    And a role of the same name grants read access to "logs" on the remote cluster
    When the local cluster adds "partner" in proxy mode on port 9300
    Then "partner" is connected
    And searching "partner:logs" finds 3 documents

  @step:configure-roles-and-users @requires:resolve-cluster-with-read-access
  Scenario: A role that may read may resolve
    Given a local user who may search "logs" on "partner"
    And a role of the same name grants read access to "logs" on the remote cluster
    When the local cluster adds "partner" in proxy mode on port 9300
    Then resolving "partner:logs" shows it connected

  @step:change-the-port-to-9443
  Scenario: Without a key on the remote cluster server's port
    When the local cluster adds "partner" in proxy mode on port 9443
    Then "partner" fails as "certificate-to-remote-cluster-server-port"

  Scenario Outline: The wrong port: <what>
    When the local cluster adds "partner" in proxy mode on port <port>
    Then "partner" fails as "<failure>"

    Examples:
      | what               | port | failure              |
      | the HTTP interface | 9200 | not-a-transport-port |
      | nothing listens    | 9999 | connection-refused   |
