@guide:ech-other-organization @guide:eck-to-other-eck @model:api-key
Feature: A cross-cluster API key and the wrong port
  The API key model has a port of its own, 9443. Everything else is documented as wrong, and each port is wrong in its own
  way.

  Background:
    Given a remote cluster with the remote cluster server enabled
    And a local cluster that trusts its certificate
    And "logs" on the remote cluster holds 3 documents
    And a cross-cluster API key with search access to "logs"
    And the local keystore holds the key for the alias "partner"

  @step:change-the-port-to-9443
  Scenario Outline: The wrong port: <what>
    When the local cluster adds "partner" in proxy mode on port <port>
    Then "partner" fails as "<failure>"

    Examples:
      | what                                      | port | failure                   |
      | the transport interface                   | 9300 | api-key-to-transport-port |
      | the transport port as the console shows it | 9400 | api-key-to-transport-port |
      | the HTTP interface                        | 9200 | not-a-transport-port      |
      | nothing listens                           | 9999 | connection-refused        |
