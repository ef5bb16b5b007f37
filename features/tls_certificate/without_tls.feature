@model:certificate
Feature: Security on one side only
  Transport interfaces have TLS on both sides or on neither. A cluster whose security is off speaks plain text.

  Scenario: The remote cluster has no security
    Given a local and a remote cluster whose transport certificates trust each other
    And a remote cluster without the remote cluster server
    And the remote cluster has the setting "xpack.security.enabled" with the value "false"
    And "logs" on the remote cluster holds 3 documents
    When the local cluster adds "partner" in proxy mode on port 9300
    Then "partner" fails as "remote-transport-without-tls"

  Scenario: The local cluster has no security
    Given a local and a remote cluster whose transport certificates trust each other
    And the local cluster has the setting "xpack.security.enabled" with the value "false"
    And "logs" on the remote cluster holds 3 documents
    When the local cluster adds "partner" in proxy mode on port 9300
    Then "partner" fails as "plain-text-to-the-transport-port"
