@guide:ech-other-organization @guide:eck-to-other-eck @model:certificate @step:configure-roles-and-users
Feature: Roles in the certificate model
  The local cluster passes on the names of its user's roles, and the remote cluster looks them up among its own. A name
  that it does not know grants nothing; one that it has built in grants what it says there.

  Background:
    Given a local and a remote cluster whose transport certificates trust each other
    And "metrics" on the remote cluster holds 2 documents
    And "logs" on the remote cluster holds 3 documents

  Scenario: The remote cluster does not know the role
    Given a local user who may search "logs" on "partner"
    When the local cluster adds "partner" in proxy mode on port 9300
    Then "partner" is connected
    And searching "partner:logs" fails as "role-unknown-to-the-remote-cluster"

  Scenario: The remote cluster's role of that name does not give the index
    Given a local user who may search "logs" on "partner"
    And a role of the same name grants read access to "metrics" on the remote cluster
    When the local cluster adds "partner" in proxy mode on port 9300
    Then "partner" is connected
    And searching "partner:metrics" finds 2 documents
    And searching "partner:logs" fails as "index-outside-the-remote-role"

  Scenario: The remote cluster's role has read without read_cross_cluster
    Given a local user who may search "logs" on "partner"
    And a role of the same name grants only the privilege read on "logs" on the remote cluster
    And the local cluster adds "partner" in proxy mode on port 9300
    And the local cluster sets for "partner"
      | skip_unavailable | false |
    And searching "partner:logs" finds 3 documents
    When the local cluster searches "partner:logs" without minimized round trips
    Then it is refused as "role-without-read-cross-cluster"

  Scenario: The local superuser reads everything on the remote cluster
    When the local cluster adds "partner" in proxy mode on port 9300
    Then "partner" is connected
    And searching "partner:logs" finds 3 documents
    And searching "partner:metrics" finds 2 documents

  Scenario: The user searches, and may not read the remote info
    Given a local user who may search "logs" on "partner"
    And a role of the same name grants read access to "logs" on the remote cluster
    And the local cluster adds "partner" in proxy mode on port 9300
    And "partner" is connected
    When the local user asks for the remote info
    Then it is refused as "remote-info-without-monitor"
    And searching "partner:logs" finds 3 documents
