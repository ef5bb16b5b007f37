@guide:ech-other-organization @model:api-key
Feature: Expectations that do not hold
  Each scenario expects something else than what Elasticsearch does, for a report that has failures in it.

  Background:
    Given a remote cluster with the remote cluster server enabled
    And a local cluster that trusts its certificate
    And "logs" on the remote cluster holds 3 documents
    And a cross-cluster API key with search access to "logs"
    And the local keystore holds the key for the alias "partner"

  @step:the-alias-must-match
  Scenario: A key under another alias is expected to look like a refused connection
    When the local cluster adds "partners" in proxy mode on port 9443
    Then "partners" fails as "connection-refused"

  @step:connect-to-a-remote-cluster
  Scenario: A connected alias is expected to have fewer sockets
    When the local cluster adds "partner" in proxy mode on port 9443
    Then "partner" is connected
    And its remote info is
      | mode                         | proxy           |
      | proxy_address                | <as added>      |
      | server_name                  | <as added>      |
      | connected                    | true            |
      | num_proxy_sockets_connected  | 6               |
      | max_proxy_socket_connections | 6               |
      | initial_connect_timeout      | 30s             |
      | skip_unavailable             | <default>       |
      | cluster_credentials          | ::es_redacted:: |
