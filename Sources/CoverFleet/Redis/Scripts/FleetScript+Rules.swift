import CoverModel

/// The rules of ``FleetBudget``, ``FleetBreaker`` and ``FleetTask``.
extension FleetScript {
    static let budget = """
        local function deny(urgency, missing, step)
            local count, till = urgency .. 'Count', urgency .. 'Until'
            local first = urgency == 'interactive' and 0 or math.min(fleet.interactiveCount, \(FleetBudget.longestStreak))
            local ahead = math.min(first + fleet[count], 1000000)
            local delay = math.max(missing, 0) + math.floor(step * ahead)
            local wait = math.min(math.max(delay, \(time(FleetBudget.shortestWait))), \(time(FleetLimits.longestWait)))
            fleet[count] = fleet[count] + 1
            fleet[till] = math.max(fleet[till], now + wait + \(time(FleetBudget.Waiting.patience)))
            return wait
        end

        -- Returns after what time a query may be sent, or nil and when to ask again.
        local function slot(urgency)
            local isInteractive = urgency == 'interactive'
            local step = math.ceil(1000000 / rate)
            local free = math.max(now, fleet.grantedUntil - math.floor(step * (burst - 1)))
            local horizon = isInteractive and \(time(FleetLimits.horizon)) or \(time(FleetLimits.backgroundHorizon))
            local isTurn
            if isInteractive then
                isTurn = fleet.backgroundCount == 0 or fleet.streak < \(FleetBudget.longestStreak)
            else
                isTurn = fleet.interactiveCount == 0 or fleet.streak >= \(FleetBudget.longestStreak)
            end
            if free - now > horizon or not isTurn then return nil, deny(urgency, free - now - horizon, step) end
            fleet.grantedUntil = math.max(now, fleet.grantedUntil) + step
            fleet.streak = isInteractive and math.min(fleet.streak + 1, \(FleetBudget.longestStreak)) or 0
            fleet[urgency .. 'Count'] = math.max(0, fleet[urgency .. 'Count'] - 1)
            if fleet[urgency .. 'Count'] == 0 then fleet[urgency .. 'Until'] = 0 end
            return free - now
        end


        """

    static let breaker = """
        local function endTrial() fleet.trialFence, fleet.trialBridge, fleet.trialAt, fleet.trialLength = nil, nil, nil, nil end

        -- What prevents all queries: the word, and when to ask again.
        local function obstacle()
            if not fleet.cause then return nil end
            if fleet.pausedAt then return 'paused', remaining(fleet.pausedAt, fleet.pauseLength) end
            if not fleet.trialFence then return nil end
            local rest = remaining(fleet.trialAt, fleet.trialLength)
            if bridges[fleet.trialBridge] and rest > 0 then return 'trial', math.min(rest, \(time(FleetBreaker.trialWait))) end
            endTrial()
            return nil
        end

        local function open(cause, lengths)
            endTrial()
            fleet.cause, fleet.pausedAt = cause, now
            fleet.pauseLength = tonumber(lengths[math.min(fleet.repeats, #lengths - 1) + 1])
            fleet.generation = fleet.generation + 1
            return 'paused'
        end

        -- Handles the result of a query about the API. What it says about an earlier pause is ignored.
        local function hear(fence, generation, word, lengths)
            local isThrottling = word == 'rateLimited' or word == 'maintenance'
            if not fleet.cause then
                if not isThrottling or generation ~= fleet.generation then return nil end
                local isRepeat = fleet.closedAt and now - fleet.closedAt < \(time(ThrottlingPause.repetitionLimit))
                fleet.repeats = isRepeat and fleet.repeats + 1 or 0
                return open(word, lengths)
            end
            if fleet.pausedAt or fleet.trialFence ~= fence then return nil end
            if isThrottling then
                fleet.repeats = fleet.repeats + 1
                return open(word, lengths)
            end
            endTrial()
            if word ~= 'answered' then return nil end
            fleet.cause, fleet.closedAt = nil, now
            return 'resumed'
        end


        """

    static let task = """
        local TASK = {'epoch', 'claimFence', 'claimBridge', 'claimedAt', 'claimLength', 'number', 'content', 'final', 'faults', 'readAt',
            'failingFor'}

        -- What is known about a task in this epoch of the fleet.
        local function loadTask(key)
            local task, stored = load(key, TASK)
            if task.epoch ~= fleet.epoch then task = {} end
            task.epoch = fleet.epoch
            if task.claimedAt then task.claimedAt = math.min(task.claimedAt, now) end
            if task.readAt then task.readAt = math.min(task.readAt, now) end
            return task, stored
        end

        local function free(task) task.claimFence, task.claimBridge, task.claimedAt, task.claimLength = nil, nil, nil, nil end

        local function expiry(task)
            if not task.readAt then return 0 end
            return task.readAt + (task.final == 1 and \(time(FleetLimits.finalRetention)) or \(time(FleetLimits.retention)))
        end

        -- How long the task has failed at a reading. A clock that steps forward must not end a task's grace period.
        local function failing(task)
            if not task.failingFor then return nil end
            return task.failingFor
                + math.min(math.max(0, now - task.readAt), \(time(FleetTask.Reading.longestStep)))
        end

        local function storeTask(key, task, stored)
            if not task.claimFence and not task.number then
                if stored.epoch then redis.call('DEL', key) end
                return
            end
            if store(key, TASK, task, stored) then
                local last = math.max(expiry(task), task.claimedAt and task.claimedAt + task.claimLength or 0)
                redis.call('PEXPIRE', key, math.max(1, math.ceil((last - now) / 1000)))
            end
        end


        """

    static let turn = """
        -- Returns a claim, or the reason to wait.
        local function turn(urgency)
            local word, delay = obstacle()
            if word then return nil, {'wait', word, delay, fleet.cause} end
            local free, wait = slot(urgency)
            if not free then return nil, {'wait', 'budget', wait, ''} end
            fleet.fence = fleet.fence + 1
            local isTrial = fleet.cause ~= nil
            if isTrial then
                fleet.trialFence, fleet.trialBridge, fleet.trialAt = fleet.fence, id, now
                fleet.trialLength = \(time(FleetLimits.claim))
            end
            return fleet.fence, {'go', fleet.epoch, fleet.fence, fleet.generation, isTrial and 1 or 0, free}
        end


        """
}
